import type { AudioCurve, AudioCurvePoint } from "../../core/mod.ts";
import type { Animated } from "./effect_fields.ts";
import type { Effect } from "./model.ts";

/** Greatest distance of a curve's straight pieces from a Bezier curve, in units of the value. */
const TOLERANCE = 2e-6;
/** Halvings between two key frames. */
const DEPTH_MAX = 12;
/** Clip frames just before a key frame: far less than a sample at any rate. */
const JUST_BEFORE_FRAMES = 1e-6;

/** Turns clip frames into places of the film. */
export type ToFilmSample = (clipFrame: number) => number;

/**
 * An animated number of an effect as a curve of straight pieces. Straight and held key frames stay
 * exact; Bezier curves are cut finely enough for 16-bit sound.
 *
 * @param animated Its value over time.
 * @param place Where its key frames are, and where clip frames lie in the film.
 * @param convert Turns the field's unit into the curve's.
 * @returns The curve, one point at least.
 */
export function audioCurve(
  animated: Animated<number>,
  place: {
    readonly effect: Effect;
    readonly fieldId: string;
    readonly toFilmSample: ToFilmSample;
    readonly convert: (value: number) => number;
  },
): AudioCurve {
  const frames = animated.isConstant ? [] : keyFramesOf(place.effect, place.fieldId);
  const point = (frame: number, valueAt = frame): AudioCurvePoint => ({
    atSample: place.toFilmSample(frame),
    value: place.convert(animated.at(valueAt)),
  });
  const points: AudioCurvePoint[] = [];
  for (const [index, frame] of frames.entries()) {
    points.push(point(frame));
    const next = frames[index + 1];
    if (next === undefined) break;
    const end = point(next, next - JUST_BEFORE_FRAMES);
    points.push(...bend({ from: frame, to: next, depth: 0 }, animated, place), end);
  }
  return points.length > 0 ? withoutRepeats(points) : [{ ...point(0), atSample: 0 }];
}

function keyFramesOf(effect: Effect, fieldId: string): number[] {
  const field = effect.rows.flatMap((row) => row.fields).find(({ id }) => id === fieldId);
  return [...new Set(field?.keys.map((key) => key.frame) ?? [])];
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

/** Points strictly inside a piece, as many as its bend needs. */
function bend(
  piece: Piece,
  animated: Animated<number>,
  place: {
    readonly toFilmSample: ToFilmSample;
    readonly convert: (value: number) => number;
  },
): AudioCurvePoint[] {
  const { from, to, depth } = piece;
  const valueAt = (share: number): number =>
    place.convert(animated.at(from + (to - JUST_BEFORE_FRAMES - from) * share));
  const start = valueAt(0);
  const end = valueAt(1);
  // A curve may cross its own middle there, so the quarters are looked at, too.
  const isStraight = [0.25, 0.5, 0.75].every((share) =>
    Math.abs(valueAt(share) - (start + (end - start) * share)) <= TOLERANCE
  );
  if (isStraight || depth === DEPTH_MAX) return [];
  const middle = (from + to) / 2;
  return [
    ...bend({ from, to: middle, depth: depth + 1 }, animated, place),
    { atSample: place.toFilmSample(middle), value: place.convert(animated.at(middle)) },
    ...bend({ from: middle, to, depth: depth + 1 }, animated, place),
  ];
}

/** The end of a piece and the key frame that follows are one point, unless the value steps there. */
function withoutRepeats(points: readonly AudioCurvePoint[]): AudioCurvePoint[] {
  return points.filter((point, index) => {
    const next = points[index + 1];
    return next === undefined || next.atSample !== point.atSample ||
      Math.abs(next.value - point.value) > TOLERANCE;
  });
}
