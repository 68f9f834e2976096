import type { FrameRange } from "../../../mod/core/mod.ts";
import type { Random } from "./random.ts";

/** A film whose scenes are unequally hard to render. A frame of mean hardness costs 1. */
export class Film {
  readonly lengthFrames: number;
  readonly #startFrames: readonly number[];
  readonly #costs: readonly number[];
  /** Cost of all frames before each scene. */
  readonly #before: readonly number[];

  /** @param scenes First frame of each, ascending from 0, and the cost of each of its frames. */
  constructor(
    lengthFrames: number,
    scenes: readonly { readonly startFrame: number; readonly cost: number }[],
  ) {
    this.lengthFrames = lengthFrames;
    this.#startFrames = scenes.map(({ startFrame }) => startFrame);
    this.#costs = scenes.map(({ cost }) => cost);
    const before: number[] = [];
    let sum = 0;
    for (const [index, { startFrame, cost }] of scenes.entries()) {
      before.push(sum);
      sum += cost * ((scenes[index + 1]?.startFrame ?? lengthFrames) - startFrame);
    }
    this.#before = before;
  }

  /** Cost of some frames. */
  costOf(range: FrameRange): number {
    return this.#costBefore(range.endFrame) - this.#costBefore(range.startFrame);
  }

  /** How many whole frames from one on a cost pays for. */
  framesFor(startFrame: number, cost: number): number {
    const target = this.#costBefore(startFrame) + cost + 1e-6;
    const scene = lastIndex(this.#before, target);
    const inScene = (target - (this.#before[scene] ?? 0)) / (this.#costs[scene] ?? 1);
    const frame = Math.floor((this.#startFrames[scene] ?? 0) + inScene);
    return Math.max(0, Math.min(frame, this.lengthFrames) - startFrame);
  }

  #costBefore(frame: number): number {
    const scene = lastIndex(this.#startFrames, frame);
    const inScene = frame - (this.#startFrames[scene] ?? 0);
    return (this.#before[scene] ?? 0) + inScene * (this.#costs[scene] ?? 1);
  }
}

/** Index of the last value that is not above a target; 0 if all are. */
function lastIndex(values: readonly number[], target: number): number {
  let low = 0;
  let high = values.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? Infinity) <= target) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * A film of scenes of random length and hardness.
 *
 * @param scenes How many, 1 or more, and by what factor the hardest differs from the mean.
 */
export function randomFilm(
  lengthFrames: number,
  options: { readonly scenes: number; readonly unevenness: number; readonly random: Random },
): Film {
  const { scenes, unevenness, random } = options;
  const cuts = Array.from({ length: scenes - 1 }, () => 1 + random.index(lengthFrames - 1));
  const starts = [...new Set([0, ...cuts])].toSorted((a, b) => a - b);
  const raw = starts.map((startFrame, index) => ({
    startFrame,
    frames: (starts[index + 1] ?? lengthFrames) - startFrame,
    cost: random.spread(1 / unevenness, unevenness),
  }));
  const mean = raw.reduce((sum, { frames, cost }) => sum + frames * cost, 0) / lengthFrames;
  return new Film(
    lengthFrames,
    raw.map(({ startFrame, cost }) => ({ startFrame, cost: cost / mean })),
  );
}
