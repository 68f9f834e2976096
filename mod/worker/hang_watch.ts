import { type Clock, HANG_MS_MIN } from "../core/mod.ts";
import { HANG_FIRST_FRAME_FACTOR, HANG_FRAMES, HANG_TICK_MS } from "./limits.ts";

/** What a render's silence is measured against. */
export interface HangFacts {
  /** Signs of life so far: another number than at the last look ends the silence. */
  readonly signCount: number;
  /** Frames done so far. */
  readonly framesDone: number;
  /** Time since the render started, milliseconds. */
  readonly renderMs: number;
  /** Frames per second that the master expects here; 0 if it knows nothing. */
  readonly expectedFps: number;
}

/**
 * Longest silence that a render's own speed explains: HANG_FRAMES frames, at least HANG_MS_MIN; before
 * the first frame HANG_FIRST_FRAME_FACTOR times that.
 *
 * @returns Milliseconds.
 */
export function silenceMsMax(facts: Omit<HangFacts, "signCount">): number {
  const { framesDone, renderMs, expectedFps } = facts;
  const expectedMs = expectedFps > 0 ? 1_000 / expectedFps : 0;
  if (framesDone === 0) {
    return HANG_FIRST_FRAME_FACTOR * Math.max(HANG_MS_MIN, HANG_FRAMES * expectedMs);
  }
  return Math.max(HANG_MS_MIN, HANG_FRAMES * Math.max(expectedMs, renderMs / framesDone));
}

/** What {@linkcode watchForHang} needs. */
export interface HangWatchOptions {
  readonly clock: Clock;
  /** Facts of the render now. */
  readonly facts: () => HangFacts;
  /** Called once, with the silence in milliseconds, when the render is hung; the watch then ends. */
  readonly onHang: (silentMs: number) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/**
 * Watches a render until it is hung or the signal ends the watch.
 *
 * Only time in which this process itself was awake counts: a machine that slept, or a worker that
 * was stopped together with its renders, is no reason to blame a render.
 */
export async function watchForHang(options: HangWatchOptions): Promise<void> {
  const { clock, facts, onHang, signal } = options;
  let silentMs = 0;
  let lastSigns = facts().signCount;
  let lastMs = clock.monotonicMs();
  while (await clock.sleep(HANG_TICK_MS, signal)) {
    const nowMs = clock.monotonicMs();
    const now = facts();
    silentMs = now.signCount === lastSigns
      ? silentMs + Math.min(nowMs - lastMs, 2 * HANG_TICK_MS)
      : 0;
    lastSigns = now.signCount;
    lastMs = nowMs;
    // The silence itself must not stretch the speed that it is measured against.
    if (silentMs < silenceMsMax({ ...now, renderMs: now.renderMs - silentMs })) continue;
    onHang(silentMs);
    return;
  }
}
