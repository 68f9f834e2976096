import type { AudioCurve } from "../../core/mod.ts";

/**
 * Values of a curve at consecutive samples.
 *
 * @param curve The curve.
 * @param startSample First sample, in the film.
 * @param out Receives one value per sample.
 * @returns The value, if it is the same at all of them; `out` is left alone then.
 * @throws {RangeError} If the curve is empty.
 */
export function readCurve(
  curve: AudioCurve,
  startSample: number,
  out: Float64Array,
): number | undefined {
  let next = firstAfter(curve, startSample);
  const before = curve[next - 1];
  const first = before ?? curve[next];
  if (first === undefined) throw new RangeError("Cannot read a curve: it has no points");
  const isBeforeAll = before === undefined && first.atSample >= startSample + out.length;
  if (isBeforeAll || next === curve.length) return first.value;
  if (before !== undefined && isFlat(curve, next - 1, startSample + out.length)) return first.value;
  for (let i = 0; i < out.length; i++) {
    const sample = startSample + i;
    while (next < curve.length && (curve[next]?.atSample ?? Infinity) <= sample) next++;
    const a = curve[next - 1];
    const b = curve[next];
    if (a === undefined) out[i] = first.value;
    else if (b === undefined) out[i] = a.value;
    else out[i] = a.value + (b.value - a.value) * (sample - a.atSample) / (b.atSample - a.atSample);
  }
  return undefined;
}

/** Index of the first point that lies after a sample. */
function firstAfter(curve: AudioCurve, sample: number): number {
  let low = 0;
  let high = curve.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((curve[middle]?.atSample ?? Infinity) <= sample) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether all points from `index` up to the first one at or after `endSample` have one value. */
function isFlat(curve: AudioCurve, index: number, endSample: number): boolean {
  const value = curve[index]?.value;
  for (let i = index + 1; i < curve.length; i++) {
    const point = curve[i];
    if (point === undefined) break;
    if (point.value !== value) return false;
    if (point.atSample >= endSample) break;
  }
  return true;
}
