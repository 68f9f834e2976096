/** A rational number, for frame rates: 30000/1001 is 29.97 frames per second. Both parts are positive integers. */
export interface Rational {
  readonly num: number;
  readonly den: number;
}

/** Frames `[startFrame, endFrame)` of a timeline: the first is in, the last is out. */
export interface FrameRange {
  readonly startFrame: number;
  readonly endFrame: number;
}

/** Number of frames in a range, 0 or more. */
export function frameCount(range: FrameRange): number {
  return Math.max(0, range.endFrame - range.startFrame);
}

/** Length of a number of frames at a rate, in seconds. */
export function framesToSeconds(frames: number, fps: Rational): number {
  return frames * fps.den / fps.num;
}

/** A rate as a decimal number, frames per second. */
export function rationalToNumber(value: Rational): number {
  return value.num / value.den;
}

const NTSC_FAMILY_MAX = 240;

/**
 * Turns the decimal rate of a project file into the exact one it stands for.
 *
 * Editors store 29.97 for 30000/1001; a decimal within 0.005 of such a rate is taken as it. Others
 * become the nearest fraction with a denominator up to 1001.
 *
 * @param fps Frames per second, 0 < fps <= 1000.
 * @returns The rate in lowest terms.
 * @throws {RangeError} If the rate is not a positive finite number of at most 1000.
 */
export function rationalFromFps(fps: number): Rational {
  if (!Number.isFinite(fps) || fps <= 0 || fps > 1000) {
    throw new RangeError(`Cannot use frame rate: current value is ${fps}, must be in (0, 1000]`);
  }
  if (Math.abs(fps - Math.round(fps)) < 1e-6) return { num: Math.round(fps), den: 1 };
  const nominal = Math.ceil(fps);
  if (nominal <= NTSC_FAMILY_MAX && Math.abs(fps - nominal * 1000 / 1001) < 0.005) {
    return reduce({ num: nominal * 1000, den: 1001 });
  }
  let best: Rational = { num: Math.round(fps), den: 1 };
  for (let den = 1; den <= 1001; den++) {
    const num = Math.round(fps * den);
    if (num < 1) continue;
    const error = Math.abs(num / den - fps);
    if (error < Math.abs(best.num / best.den - fps) - 1e-12) best = { num, den };
    if (error < 1e-9) break;
  }
  return reduce(best);
}

function reduce(value: Rational): Rational {
  let a = value.num;
  let b = value.den;
  while (b !== 0) [a, b] = [b, a % b];
  return { num: value.num / a, den: value.den / a };
}
