import { createSystemClock } from "../mod/core/mod.ts";
import type { JobDetail, JobView, PartView } from "../mod/wire/mod.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { FARM_FLAGS, openFarm } from "./farm_connection.ts";
import { readFlags } from "./flags.ts";
import { oneJobOperand } from "./job_operands.ts";
import { formatDuration, formatRate, progressLine } from "./progress_line.ts";
import { textTable } from "./text_table.ts";

const COLUMNS = 100;

/** `olive job` */
export const jobCommand: Command = {
  name: "job",
  summary: "A job with its parts, and who tried each",
  usage: `Usage: olive job JOB [--json]

Shows what a job is, how far it is, why it waits, and every part with the attempts at it.

      --json             The same as one JSON object
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive job j7k3m9qa
  olive job j7k3m9qa --json
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, { ...FARM_FLAGS, json: { kind: "switch" } });
    const jobId = oneJobOperand(flags, "show the job");
    const farm = await openFarm(flags, io);
    try {
      const detail = await farm.client.getJob(jobId);
      io.stdout(
        flags.has("json")
          ? JSON.stringify(detail) + "\n"
          : jobText(detail, { nowMs: createSystemClock().nowMs() }),
      );
      return EXIT.ok;
    } finally {
      await farm.close();
    }
  },
};

/** A job for a person; `nowMs` is the wall clock, for how long things took so far. */
export function jobText(detail: JobDetail, times: { readonly nowMs: number }): string {
  const { job, parts } = detail;
  const facts: readonly (readonly [string, string])[] = [
    ["project", job.projectPath],
    ["film", job.outputPath],
    ["picture", `${job.width}x${job.height}, ${job.lengthFrames} frames, preset ${job.preset}`],
    ["priority", String(job.priority)],
    ["submitted", `${new Date(job.createdAtMs).toISOString()} by ${job.submittedBy}`],
    ...wallTime(job, times),
    ...(job.reason === "" ? [] : [["reason", job.reason] as const]),
    ...job.warnings.map((warning) =>
      ["warning", `${warning.subject}: ${warning.message}`] as const
    ),
  ];
  const head = [
    `Job ${job.id}  ${job.name}`,
    `  ${progressLine(job, { ...times, columns: COLUMNS })}`,
    ...facts.map(([name, value]) => `  ${name.padEnd(9)}  ${value}`),
  ];
  const rows = parts.toSorted(byKindAndFrame).flatMap((part) => partRows(part, times));
  const table = textTable([
    ["PART", "STATE", "ATTEMPT", "OUTCOME", "FPS", "TIME", "REASON"],
    ...rows,
  ]);
  return head.join("\n") + "\n\n" + table;
}

function wallTime(
  job: JobView,
  times: { readonly nowMs: number },
): readonly (readonly [string, string])[] {
  if (job.startedAtMs === undefined) return [];
  const endMs = job.finishedAtMs ?? times.nowMs;
  return [["took", formatDuration(endMs - job.createdAtMs)]];
}

function byKindAndFrame(a: PartView, b: PartView): number {
  if (a.kind !== b.kind) return a.kind === "audio" ? -1 : 1;
  return a.range.startFrame - b.range.startFrame;
}

/** A line for each attempt at a part, or one for a part that nobody has tried. */
function partRows(part: PartView, times: { readonly nowMs: number }): readonly string[][] {
  const { startFrame, endFrame } = part.range;
  const name = part.kind === "audio" ? "sound" : `${startFrame}..${endFrame - 1}`;
  if (part.attempts.length === 0) return [[name, part.state, "", "", "", "", ""]];
  return part.attempts.map((attempt, index) => {
    const tookMs = (attempt.finishedAtMs ?? times.nowMs) - attempt.startedAtMs;
    const fps = tookMs > 0 ? attempt.framesDone * 1000 / tookMs : 0;
    return [
      index === 0 ? name : "",
      index === 0 ? part.state : "",
      attempt.worker,
      attempt.state,
      part.kind === "audio" || fps === 0 ? "" : formatRate(fps),
      formatDuration(tookMs),
      attempt.state === "succeeded" ? "" : attempt.reason,
    ];
  });
}
