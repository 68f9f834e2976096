import { HANG_MS_MIN } from "../../core/mod.ts";
import {
  FIRST_FRAME_FACTOR,
  HANG_GRACE_MS,
  OWN_SPEED_MS,
  REPORT_MS,
  SILENT_FRAMES,
  STALL_MS_MIN,
  VIDEO_FPS_DEFAULT,
} from "./limits.ts";
import type { AttemptSnapshot, Speed } from "./snapshot.ts";

/** What is known of an attempt that runs. */
export interface AttemptFacts {
  /** The attempt. */
  readonly attempt: AttemptSnapshot;
  /** Frames of its part, 1 or more. */
  readonly frames: number;
  /** Speed of its worker; absent for a worker that is not online. */
  readonly speed?: Speed | undefined;
  /** Now, milliseconds. */
  readonly nowMs: number;
}

/** Milliseconds for one frame: as expected at first, as the attempt itself shows more and more. */
export function msPerFrame(facts: AttemptFacts): number {
  const { attempt, speed } = facts;
  const fps = speed?.fps ?? (attempt.expectedFps > 0 ? attempt.expectedFps : VIDEO_FPS_DEFAULT);
  const expected = 1_000 / fps;
  if (attempt.framesDone <= 0 || attempt.renderMs <= 0) return expected;
  const startMs = Math.min(speed?.startMs ?? 0, attempt.renderMs * 0.9);
  const workMs = attempt.renderMs - startMs;
  const weight = workMs / (workMs + OWN_SPEED_MS);
  const own = attempt.recentMsPerFrame > 0 ? attempt.recentMsPerFrame : workMs / attempt.framesDone;
  return weight * own + (1 - weight) * expected;
}

/**
 * Whether nothing is to be expected of an attempt any more: its render is silent for longer than its
 * own speed explains. Only an estimate for others; `isHung()` is the judgement.
 */
export function isStalled(facts: AttemptFacts): boolean {
  const { attempt, nowMs, speed } = facts;
  if (attempt.stage === "rendered") return false;
  const silentMs = nowMs - attempt.progressAtMs;
  const explainedMs = Math.max(STALL_MS_MIN, SILENT_FRAMES * msPerFrame(facts));
  if (attempt.framesDone > 0) return silentMs > explainedMs;
  return silentMs > FIRST_FRAME_FACTOR * explainedMs + (speed?.startMs ?? 0);
}

/**
 * When an attempt that renders will have reported its part, milliseconds, not before now. One that
 * is overdue is expected to stay so for as long as it has been.
 *
 * @returns `Infinity` if it is stalled.
 */
export function estimateEnd(facts: AttemptFacts): number {
  const { attempt, frames, nowMs, speed } = facts;
  if (isStalled(facts)) return Infinity;
  if (attempt.stage === "rendered") {
    return nowMs + Math.max(REPORT_MS, nowMs - attempt.progressAtMs);
  }
  const left = Math.max(0, frames - attempt.framesDone);
  const startMs = attempt.framesDone > 0 ? 0 : speed?.startMs ?? 0;
  const endMs = attempt.progressAtMs + startMs + left * msPerFrame(facts);
  return endMs >= nowMs ? endMs : nowMs + (nowMs - endMs);
}

/**
 * Whether a render stands still: no progress for longer than its own speed explains, and for longer
 * than the worker's own watch takes to see it. Its attempt has failed.
 */
export function isHung(facts: AttemptFacts): boolean {
  const { attempt, nowMs } = facts;
  if (attempt.stage !== "rendering") return false;
  const explainedMs = Math.max(HANG_MS_MIN, SILENT_FRAMES * msPerFrame(facts));
  const factor = attempt.framesDone > 0 ? 1 : FIRST_FRAME_FACTOR;
  return nowMs - attempt.progressAtMs > factor * explainedMs + HANG_GRACE_MS;
}
