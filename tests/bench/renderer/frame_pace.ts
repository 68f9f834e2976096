import { type FakeMeltSettings, secondsOfFrame } from "./settings.ts";

/** Longer than this without a look, the process was stopped: nothing was rendered meanwhile. */
const GAP_MS_MAX = 1_000;

/**
 * Which frames a renderer of a given speed has made by now.
 *
 * Being late by a little is made up for, so that a busy machine does not make the renderer slower;
 * a long gap is not.
 */
export class FramePace {
  #dueMs: number;
  #lookedMs: number;
  #nextFrame: number;

  /**
   * @param firstFrame The first frame to make.
   * @param startMs When its making starts.
   */
  constructor(firstFrame: number, startMs: number) {
    this.#nextFrame = firstFrame;
    this.#dueMs = startMs;
    this.#lookedMs = startMs;
  }

  /** The next frame that is not made. */
  get nextFrame(): number {
    return this.#nextFrame;
  }

  /**
   * Goes on to now.
   *
   * @param nowMs On the clock of `startMs`.
   * @param settings Speed; a hung renderer makes nothing.
   * @param endFrame Never goes beyond it.
   * @returns `nextFrame` as it is now.
   */
  advance(
    nowMs: number,
    { settings, endFrame }: { readonly settings: FakeMeltSettings; readonly endFrame: number },
  ): number {
    const gapMs = nowMs - this.#lookedMs;
    if (gapMs > GAP_MS_MAX) this.#dueMs += gapMs - GAP_MS_MAX;
    this.#lookedMs = Math.max(this.#lookedMs, nowMs);
    if (settings.isHung) {
      this.#dueMs = Math.max(this.#dueMs, nowMs);
      return this.#nextFrame;
    }
    while (this.#nextFrame < endFrame) {
      const madeMs = this.#dueMs + 1_000 * secondsOfFrame(settings, this.#nextFrame);
      if (madeMs > nowMs) break;
      this.#dueMs = madeMs;
      this.#nextFrame += 1;
    }
    return this.#nextFrame;
  }
}
