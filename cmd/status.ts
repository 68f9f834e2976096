import { isFinalJobState } from "../mod/core/mod.ts";
import type { FarmStatus, JobView, WorkerView } from "../mod/wire/mod.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { FARM_FLAGS, openFarm } from "./farm_connection.ts";
import { readFlags } from "./flags.ts";
import { formatRate, progressLine } from "./progress_line.ts";

const COLUMNS = 100;

/** `olive status` */
export const statusCommand: Command = {
  name: "status",
  summary: "The farm in one look",
  usage: `Usage: olive status [--json]

Shows the jobs that have not ended, why each that waits is waiting, and the workers.

      --json             The same as one JSON object
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive status
  olive status --json
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, { ...FARM_FLAGS, json: { kind: "switch" } });
    const farm = await openFarm(flags, io);
    try {
      const [status, { workers }] = await Promise.all([
        farm.client.status(),
        farm.client.listWorkers(),
      ]);
      io.stdout(
        flags.has("json")
          ? JSON.stringify({ ...status, workers }) + "\n"
          : statusText(status, workers),
      );
      return EXIT.ok;
    } finally {
      await farm.close();
    }
  },
};

function statusText(status: FarmStatus, workers: readonly WorkerView[]): string {
  const open = status.jobs.filter((job) => !isFinalJobState(job.state));
  const lines = [
    `Master ${status.masterVersion}, ${status.workersOnline} ${
      status.workersOnline === 1 ? "worker" : "workers"
    } online, ${open.length} ${open.length === 1 ? "job" : "jobs"} not ended`,
    ...open.flatMap((job) => jobLines(job, status.nowMs)),
    ...workers.map(workerLine),
  ];
  return lines.join("\n") + "\n";
}

function jobLines(job: JobView, nowMs: number): string[] {
  return [
    `  job ${job.id}  ${job.name}`,
    `    ${progressLine(job, { nowMs, columns: COLUMNS })}`,
    ...(job.reason === "" || job.state !== "running" ? [] : [`    ${job.reason}`]),
  ];
}

/** One line about a worker. */
export function workerLine(worker: WorkerView): string {
  const doing = worker.state === "offline" ? "" : workText(worker);
  return `  worker ${worker.name}  ${worker.state}  ${doing}`.trimEnd();
}

/** What a worker has in hand. */
export function workText(worker: WorkerView): string {
  const work = worker.attempts.map((attempt) => {
    const { startFrame, endFrame } = attempt.range;
    const rate = attempt.fps > 0 ? ` ${formatRate(attempt.fps)}` : "";
    return `${attempt.kind} ${startFrame}..${endFrame} ${attempt.phase}${rate}`;
  });
  return work.length === 0 ? "idle" : work.join(", ");
}
