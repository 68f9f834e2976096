import type { JobLogs } from "../mod/wire/mod.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { FARM_FLAGS, openFarm } from "./farm_connection.ts";
import { readFlags } from "./flags.ts";
import { oneJobOperand } from "./job_operands.ts";

/** `olive logs` */
export const logsCommand: Command = {
  name: "logs",
  summary: "What the renderers of a job said last",
  usage: `Usage: olive logs JOB [--worker NAME] [--failed] [--json]

Prints the last lines of the renderers of a job's attempts: those that failed or had something to
say, the latest 200, oldest first.

      --worker NAME      Only those of this worker
      --failed           Only those that failed
      --json             The same as one JSON object
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive logs j7k3m9qa
  olive logs j7k3m9qa --failed --worker attic
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, {
      ...FARM_FLAGS,
      worker: { kind: "text" },
      failed: { kind: "switch" },
      json: { kind: "switch" },
    });
    const jobId = oneJobOperand(flags, "show logs");
    const worker = flags.text("worker");
    const farm = await openFarm(flags, io);
    try {
      const all = await farm.client.getJobLogs(jobId);
      const logs = all.logs.filter((log) =>
        (worker === undefined || log.worker === worker) &&
        (!flags.has("failed") || log.state === "failed")
      );
      io.stdout(flags.has("json") ? JSON.stringify({ logs }) + "\n" : logs.map(logText).join("\n"));
      if (logs.length === 0) io.stderr(`Nobody who rendered ${jobId} had anything to say\n`);
      return EXIT.ok;
    } finally {
      await farm.close();
    }
  },
};

function logText(log: JobLogs["logs"][number]): string {
  const { startFrame, endFrame } = log.range;
  const what = log.kind === "audio" ? "sound" : `frames ${startFrame}..${endFrame - 1}`;
  const when = new Date(log.finishedAtMs ?? log.startedAtMs).toISOString();
  const head = `${when}  ${log.worker}  ${what}  ${log.state}: ${log.reason}\n`;
  const lines = log.logTail.trimEnd().split("\n").filter((line) => line !== "");
  return head + lines.map((line) => `  ${line}\n`).join("");
}
