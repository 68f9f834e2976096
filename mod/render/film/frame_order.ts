import type { Rational } from "../../core/mod.ts";
import { damage } from "./boxes.ts";
import type { SampleTable, Track } from "./sample_table.ts";

/** When the frames of a part are shown. */
export interface FrameOrder {
  /** For each sample, in decoding order, the frame that it is: a permutation of 0 to count - 1. */
  readonly ranks: Int32Array;
  /** Frames by which decoding runs ahead of showing in this file. */
  readonly delayFrames: number;
}

/**
 * Makes sure that the time stamps of a track are those of consecutive frames, exactly.
 *
 * @param samples Its samples.
 * @param clock The track's `timescale`, and the frame rate that it must have.
 * @returns Which frame each sample is.
 * @throws {DamageError} If a frame is missing, doubled or at another time.
 */
export function readFrameOrder(
  samples: SampleTable,
  clock: { readonly timescale: Track["timescale"]; readonly fps: Rational },
): FrameOrder {
  const ticks = clock.timescale * clock.fps.den / clock.fps.num;
  if (!Number.isInteger(ticks)) {
    throw damage(`its time base 1/${clock.timescale} cannot hold the frame rate`);
  }
  const { count, durations, compositionOffsets } = samples;
  for (let i = 0; i < count - 1; i++) {
    if (durations[i] !== ticks) {
      throw damage(`frame ${i} lasts ${durations[i]} ticks, must last ${ticks}`);
    }
  }
  let first = Infinity;
  for (let i = 0; i < count; i++) first = Math.min(first, i * ticks + (compositionOffsets[i] ?? 0));
  const ranks = new Int32Array(count);
  const isTaken = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const rank = (i * ticks + (compositionOffsets[i] ?? 0) - first) / ticks;
    if (isTaken[rank] !== 0) throw damage(`sample ${i} is not at a time of its own`);
    isTaken[rank] = 1;
    ranks[i] = rank;
  }
  return { ranks, delayFrames: count === 0 ? 0 : Math.max(0, Math.round(first / ticks)) };
}
