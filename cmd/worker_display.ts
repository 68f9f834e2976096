import type { Clock } from "../mod/core/mod.ts";
import type { AttemptLine, WorkerProgress } from "../mod/worker/mod.ts";
import type { CommandIo } from "./command.ts";
import { createProgressDisplay } from "./progress_display.ts";
import { formatRate } from "./progress_line.ts";

/** What a worker is doing, on a terminal; elsewhere the log alone tells. */
export interface WorkerDisplay {
  show(progress: WorkerProgress): void;
  /** Prints text that stays; the log's way to the terminal too. */
  print(text: string): void;
  close(): void;
}

/** The display of a worker process. */
export function createWorkerDisplay(io: CommandIo, clock: Clock): WorkerDisplay {
  if (io.stderrColumns === undefined) {
    return { show: () => undefined, print: io.stderr, close: () => undefined };
  }
  const display = createProgressDisplay(io, () => clock.monotonicMs());
  return {
    show: (progress) => display.show(workerProgressLine(progress).slice(0, display.columns)),
    print: (text) => display.print(text),
    close: () => display.close(),
  };
}

/** One line about all slots of a worker. */
export function workerProgressLine(progress: WorkerProgress): string {
  const contact = progress.isMasterReached ? "" : " (no master)";
  const slots = progress.slots.map(({ attempt }) =>
    attempt === undefined ? "idle" : attemptText(attempt)
  );
  const others = progress.others.length === 0 ? "" : `  +${progress.others.length} waiting`;
  return `${progress.state}${contact}  ${slots.join(" | ")}${others}`;
}

function attemptText(attempt: AttemptLine): string {
  const { startFrame, endFrame } = attempt.range;
  const frames = `${attempt.framesDone}/${endFrame - startFrame}`;
  const rate = attempt.fps > 0 ? ` ${formatRate(attempt.fps)}` : "";
  return `${attempt.kind} ${startFrame}..${endFrame} ${attempt.phase} ${frames}${rate}`;
}
