import type { Clock } from "../mod/core/mod.ts";
import { framesToSeconds, isFinalJobState } from "../mod/core/mod.ts";
import type { JobView } from "../mod/wire/mod.ts";
import type { CommandIo } from "./command.ts";
import type { JobReporter } from "./follow_job.ts";
import { createProgressDisplay } from "./progress_display.ts";
import { formatDuration, progressLine, progressLineOfAll } from "./progress_line.ts";

/** Progress for a person: one line on standard error, the film's path on standard output. */
export function createTextReporter(io: CommandIo, clock: Clock): JobReporter {
  const display = createProgressDisplay(io, () => clock.monotonicMs());
  return {
    onSubmitted(job, isNew): void {
      const seconds = framesToSeconds(job.lengthFrames, job.fps).toFixed(2);
      const known = isNew ? "" : " (known already)";
      display.print(
        `Job ${job.id}${known}: ${job.name}, ${job.lengthFrames} frames (${seconds} s), ` +
          `${job.width}x${job.height}, preset ${job.preset}\n`,
      );
      for (const warning of job.warnings) display.print(`  warning: ${formatWarning(warning)}\n`);
    },
    onRefused(projectPath, error): void {
      display.print(`olive: ${projectPath}: ${error.message}\n`);
      if (error.hint !== undefined) display.print(`  ${error.hint}\n`);
    },
    onProgress(job): void {
      display.show(progressLine(job, { nowMs: clock.nowMs(), columns: display.columns }));
    },
    onProgressOfAll(jobs): void {
      const room = { nowMs: clock.nowMs(), columns: display.columns };
      const [only] = jobs;
      if (only === undefined) return;
      display.show(jobs.length === 1 ? progressLine(only, room) : progressLineOfAll(jobs, room));
    },
    onNote: (line) => display.print(line + "\n"),
    onMasterLost(reason): void {
      display.print(`The master does not answer (${reason}); waiting for it\n`);
    },
    onEnded(job): void {
      display.close();
      if (job.state === "completed") {
        io.stderr(`Finished in ${formatDuration(wallMs(job))}\n`);
        io.stdout(`${job.outputPath}\n`);
        return;
      }
      io.stderr(`olive: Job ${job.id} ${job.state}: ${job.reason}\n`);
      if (job.state === "failed") io.stderr(`  To take up what is left: olive retry ${job.id}\n`);
    },
  };
}

function formatWarning(warning: JobView["warnings"][number]): string {
  const line = warning.line === undefined ? "" : `line ${warning.line}: `;
  return `${line}${warning.subject}: ${warning.message}`;
}

function wallMs(job: JobView): number {
  return (job.finishedAtMs ?? job.createdAtMs) - job.createdAtMs;
}

/** Progress for a program: one JSON object per line on standard output, `event` says what it is. */
export function createJsonReporter(io: CommandIo): JobReporter {
  const write = (event: string, fields: Record<string, unknown>): void =>
    io.stdout(JSON.stringify({ event, ...fields }) + "\n");
  const shown = new Map<string, string>();
  const onProgress = (job: JobView): void => {
    const key = `${job.state} ${job.framesDone} ${job.partsCompleted}`;
    if (key !== shown.get(job.id)) write("progress", { job });
    shown.set(job.id, key);
  };
  return {
    onSubmitted: (job, isNew) => write("submitted", { isNew, job }),
    onRefused: (projectPath, error) =>
      write("refused", { projectPath, code: error.code, message: error.message, hint: error.hint }),
    onProgress,
    onProgressOfAll(jobs): void {
      for (const job of jobs) if (!isFinalJobState(job.state)) onProgress(job);
    },
    onNote: (note) => write("note", { note }),
    onMasterLost: (reason) => write("master_lost", { reason }),
    onEnded: (job) => write(job.state, { job }),
  };
}
