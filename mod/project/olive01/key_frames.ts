import type { KeyKind } from "./model.ts";

/** A key frame of a number. */
export interface NumberKey {
  readonly value: number;
  /** Clip frames. */
  readonly frame: number;
  readonly kind: KeyKind;
  /** Handles as in the file: frames and value units, relative to the key. */
  readonly preX: number;
  readonly preY: number;
  readonly postX: number;
  readonly postY: number;
}

/** Halvings of the search for a curve's parameter: beyond the precision of a double. */
const BISECTION_STEPS = 60;

/**
 * Value of a keyed number at a moment.
 *
 * Before the first and after the last key: that key's value. On a key: its value (the last one, if
 * several are on one frame). Between two: held, straight, or along a Bezier curve, as the kinds of
 * both say.
 *
 * @param keys In ascending order of frames, one or more.
 * @param frame Clip frame; may lie between two frames (sound).
 * @throws {RangeError} If there is no key.
 */
export function interpolateKeys(keys: readonly NumberKey[], frame: number): number {
  const index = lastKeyAt(keys, frame);
  const before = keys[index];
  const after = keys[index + 1];
  if (before === undefined) {
    const first = keys[0];
    if (first === undefined) throw new RangeError("Cannot interpolate: there is no key frame");
    return first.value;
  }
  if (after === undefined || before.frame === frame) return before.value;
  return interpolatePair({ before, after }, frame);
}

/**
 * Index of the last key at or before a frame, or -1 if all come later.
 *
 * @param keys In ascending order of frames.
 */
export function lastKeyAt(keys: readonly { readonly frame: number }[], frame: number): number {
  let low = -1;
  let high = keys.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const key = keys[middle];
    if (key !== undefined && key.frame <= frame) low = middle;
    else high = middle;
  }
  return low;
}

interface KeyPair {
  readonly before: NumberKey;
  readonly after: NumberKey;
}

function interpolatePair(pair: KeyPair, frame: number): number {
  const { before, after } = pair;
  if (before.kind === "hold") return before.value;
  const gap = after.frame - before.frame;
  const x = frame - before.frame;
  if (before.kind !== "bezier" && after.kind !== "bezier") {
    return before.value + (after.value - before.value) * (x / gap);
  }
  const leave = { x: leavingHandle(pair), y: before.value + before.postY };
  const arrive = { x: gap + arrivingHandle(pair), y: after.value + after.preY };
  if (before.kind === "bezier" && after.kind === "bezier") {
    const t = solveRising((at) => cubic([0, leave.x, arrive.x, gap], at), x);
    return cubic([before.value, leave.y, arrive.y, after.value], t);
  }
  const control = before.kind === "bezier" && after.kind === "linear" ? leave : arrive;
  const t = solveRising((at) => quadratic([0, control.x, gap], at), x);
  return quadratic([before.value, control.y, after.value], t);
}

/** Frames from the key before to its handle: never past the handle's counterpart nor the next key. */
function leavingHandle(pair: KeyPair): number {
  const { before, after } = pair;
  const gap = after.frame - before.frame;
  const counterpart = gap + after.preX;
  const isCrossing = after.kind === "bezier" && before.postX > counterpart;
  const handle = isCrossing ? (before.postX + counterpart) / 2 : before.postX;
  return Math.min(Math.max(handle, 0), gap);
}

/** The same from the key after, backwards: 0 or less. */
function arrivingHandle(pair: KeyPair): number {
  const { before, after } = pair;
  const gap = after.frame - before.frame;
  const counterpart = before.postX - gap;
  const isCrossing = before.kind === "bezier" && after.preX < counterpart;
  const handle = isCrossing ? (after.preX + counterpart) / 2 : after.preX;
  return Math.max(Math.min(handle, 0), -gap);
}

function solveRising(curve: (t: number) => number, target: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < BISECTION_STEPS; step++) {
    const middle = (low + high) / 2;
    if (curve(middle) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function cubic(points: readonly [number, number, number, number], t: number): number {
  const s = 1 - t;
  return s * s * s * points[0] + 3 * s * s * t * points[1] + 3 * s * t * t * points[2] +
    t * t * t * points[3];
}

function quadratic(points: readonly [number, number, number], t: number): number {
  const s = 1 - t;
  return s * s * points[0] + 2 * s * t * points[1] + t * t * points[2];
}
