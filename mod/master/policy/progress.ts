import { RECENT_MS } from "./limits.ts";
import type { AttemptStage } from "./snapshot.ts";

/** What the master keeps of an attempt's reports: the fields of an `AttemptSnapshot`. */
export interface Progress {
  /** Where the attempt is. */
  readonly stage: AttemptStage;
  /** Frames that were done at `progressAtMs`. */
  readonly framesDone: number;
  /** When `framesDone` or `stage` last changed, milliseconds. */
  readonly progressAtMs: number;
  /** Time of the render until `progressAtMs`, milliseconds; 0 before the first frame. */
  readonly renderMs: number;
  /** What one frame took lately, milliseconds; 0 while nobody knows. */
  readonly recentMsPerFrame: number;
}

/** What a worker says of an attempt. */
export interface ProgressReport {
  /** Where the attempt is. */
  readonly stage: AttemptStage;
  /** Frames that are done. */
  readonly framesDone: number;
  /** Time since the render started, milliseconds. */
  readonly renderMs: number;
}

/** The progress of an attempt that was handed out this moment. */
export function beginProgress(nowMs: number): Progress {
  return { stage: "waiting", framesDone: 0, progressAtMs: nowMs, renderMs: 0, recentMsPerFrame: 0 };
}

/**
 * Takes in a report. One without news changes nothing, so that silence can be seen; one that is older
 * than what is known, or repeats it, is such a one too.
 *
 * @param old What was known.
 * @param report What the worker says.
 * @param nowMs When it was heard, milliseconds.
 */
export function noteProgress(
  old: Progress,
  heard: { readonly report: ProgressReport; readonly nowMs: number },
): Progress {
  const { report, nowMs } = heard;
  const frames = report.framesDone - old.framesDone;
  if (frames <= 0) {
    return report.stage === old.stage ? old : { ...old, stage: report.stage, progressAtMs: nowMs };
  }
  return {
    stage: report.stage,
    framesDone: report.framesDone,
    progressAtMs: nowMs,
    renderMs: report.renderMs,
    recentMsPerFrame: recentMsPerFrame(old, { frames, renderMs: report.renderMs }),
  };
}

/** Smooths over time rather than over reports, however often they come. */
function recentMsPerFrame(
  old: Progress,
  news: { readonly frames: number; readonly renderMs: number },
): number {
  const passedMs = news.renderMs - old.renderMs;
  // The first frames come with the fixed cost of the part.
  if (old.framesDone === 0 || passedMs <= 0) return old.recentMsPerFrame;
  const latest = passedMs / news.frames;
  if (old.recentMsPerFrame === 0) return latest;
  const weight = 1 - Math.exp(-passedMs / RECENT_MS);
  return old.recentMsPerFrame + weight * (latest - old.recentMsPerFrame);
}
