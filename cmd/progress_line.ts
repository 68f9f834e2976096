import { isFinalJobState } from "../mod/core/mod.ts";
import type { JobView } from "../mod/wire/mod.ts";

const BAR_COLUMNS_MAX = 30;
const BAR_COLUMNS_MIN = 8;

/**
 * One line of progress for a person.
 *
 * @param job The job as the master shows it.
 * @param options `nowMs` is the master's wall clock for the time left; `columns` the width that the
 * line may take, 20 or more.
 * @returns The line, without a line end, never wider than `columns`.
 */
export function progressLine(job: JobView, options: { nowMs: number; columns: number }): string {
  const share = job.lengthFrames === 0 ? 0 : job.framesDone / job.lengthFrames;
  const percent = `${Math.floor(Math.min(1, share) * 100)}%`;
  const facts = [
    percent,
    `${job.framesDone}/${job.lengthFrames} frames`,
    ...(job.currentFps > 0 ? [formatRate(job.currentFps)] : []),
    ...(job.etaMs === undefined || job.state !== "running"
      ? []
      : [`${formatDuration(job.etaMs - options.nowMs)} left`]),
    job.state === "running" ? formatWorkers(job) : stateText(job),
  ];
  return withBar(facts.join("  "), { share, columns: options.columns });
}

/**
 * One line of progress of several jobs together.
 *
 * @param jobs One or more.
 * @param options As of {@linkcode progressLine}.
 */
export function progressLineOfAll(
  jobs: readonly JobView[],
  options: { nowMs: number; columns: number },
): string {
  const sum = (of: (job: JobView) => number): number =>
    jobs.reduce((total, job) => total + of(job), 0);
  const ended = jobs.filter((job) => isFinalJobState(job.state));
  const frames = sum((job) => job.lengthFrames);
  const done = sum((job) => job.state === "completed" ? job.lengthFrames : job.framesDone);
  const fps = sum((job) => job.currentFps);
  const open = jobs.filter((job) => !isFinalJobState(job.state));
  const ends = open.map((job) => job.etaMs ?? Number.NaN);
  const etaMs = Math.max(...ends);
  const workers = new Set(open.flatMap((job) => job.workers)).size;
  const share = frames === 0 ? 0 : done / frames;
  const facts = [
    `${Math.floor(Math.min(1, share) * 100)}%`,
    `${ended.length}/${jobs.length} films`,
    `${done}/${frames} frames`,
    ...(fps > 0 ? [formatRate(fps)] : []),
    ...(Number.isFinite(etaMs) ? [`${formatDuration(etaMs - options.nowMs)} left`] : []),
    `${workers} ${workers === 1 ? "worker" : "workers"}`,
  ];
  return withBar(facts.join("  "), { share, columns: options.columns });
}

/** A line with a bar in front of it, as far as there is room. */
function withBar(text: string, bar: { readonly share: number; readonly columns: number }): string {
  const room = bar.columns - text.length - 3;
  if (room < BAR_COLUMNS_MIN) return text.slice(0, bar.columns);
  return `${drawBar(bar.share, Math.min(room, BAR_COLUMNS_MAX))} ${text}`;
}

function stateText(job: JobView): string {
  return job.reason === "" || job.state === "completed" ? job.state : `${job.state}: ${job.reason}`;
}

function formatWorkers(job: JobView): string {
  const workers = job.workers.length;
  const parts = job.partsOngoing;
  return `${parts} ${parts === 1 ? "part" : "parts"} on ${workers} ${
    workers === 1 ? "worker" : "workers"
  }`;
}

function drawBar(share: number, columns: number): string {
  const done = Math.round(Math.max(0, Math.min(1, share)) * columns);
  return `[${"#".repeat(done)}${".".repeat(columns - done)}]`;
}

/** Frames per second, or seconds per frame where that says more. */
export function formatRate(fps: number): string {
  if (fps >= 10) return `${Math.round(fps)} fps`;
  if (fps >= 1) return `${fps.toFixed(1)} fps`;
  return `${(1 / fps).toFixed(1)} s/frame`;
}

/** A length of time for a person: `7s`, `3m 20s`, `1h 05m`. Negative ones count as 0. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}
