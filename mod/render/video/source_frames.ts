import {
  type FrameRange,
  type MediaSource,
  type Rational,
  rationalToNumber,
  type SceneSource,
  type SourceTime,
} from "../../core/mod.ts";

/**
 * Seconds of a source that a layer shows at a frame of its scene: the clip frame, backwards from
 * the source's end if reversed, as time, times the speed. May lie before 0.
 */
export function sourceSeconds(
  time: SourceTime,
  at: { readonly frame: number; readonly fps: Rational },
): number {
  const clipFrame = Math.max(0, at.frame - time.inFrame) + time.clipInFrame;
  const played = time.reversedFromFrame === undefined
    ? clipFrame
    : time.reversedFromFrame - clipFrame - 1;
  return played * at.fps.den / at.fps.num * time.speed;
}

/**
 * Time stamp that is asked of a stream at a frame of the scene. The stream's start is not
 * subtracted, as the editor does not.
 *
 * @returns Ticks.
 */
export function targetPts(
  source: MediaSource,
  at: { readonly frame: number; readonly fps: Rational },
): number {
  const { timeBase } = source;
  return roundTicks(sourceSeconds(source.time, at) * timeBase.den / timeBase.num);
}

/** Half ticks go up even if arithmetic left a little less than half: both sides must agree. */
function roundTicks(ticks: number): number {
  return Math.round(ticks + 1e-6);
}

/**
 * Frame of a stream of constant rate that is shown at a frame of the scene: the last one whose time
 * stamp is not after the target; the first one before that.
 *
 * @returns Index from 0, below `source.frameCount`.
 */
export function constantRateFrame(
  source: MediaSource,
  at: { readonly frame: number; readonly fps: Rational },
): number {
  const { rate, timeBase, startPts } = source;
  const ticksPerFrame = rate.den * timeBase.den / (rate.num * timeBase.num);
  const target = targetPts(source, at) - startPts;
  let index = Math.floor(target / ticksPerFrame);
  // Time stamps are whole ticks: frame n is at the nearest one.
  while (roundTicks((index + 1) * ticksPerFrame) <= target) index += 1;
  const last = (source.frameCount ?? Infinity) - 1;
  return Math.min(Math.max(0, index), Math.max(0, last));
}

/** Picture of a sequence of stills that is shown at a frame of the scene, from 0, not clamped above. */
export function stillsFrame(
  source: { readonly rate: Rational; readonly time: SourceTime; readonly frameCount: number },
  at: { readonly frame: number; readonly fps: Rational },
): number {
  // One tick of the image demuxer is one picture.
  const index = Math.round(sourceSeconds(source.time, at) * rationalToNumber(source.rate) * 1e6);
  return Math.min(Math.max(0, Math.floor(index / 1e6)), source.frameCount - 1);
}

/** Frame of an inner scene that is shown at a frame of the outer one. May lie outside of it. */
export function innerFrame(
  source: SceneSource,
  at: { readonly frame: number; readonly fps: Rational; readonly inner: Rational },
): number {
  const frames = at.frame + source.clipInFrame - source.inFrame;
  const exact = frames * at.inner.num * at.fps.den / (at.inner.den * at.fps.num);
  return Math.sign(exact) * Math.round(Math.abs(exact)) + 0;
}

/** One value per frame of a range. */
export function mapFrames<T>(range: FrameRange, valueAt: (frame: number) => T): T[] {
  return Array.from(
    { length: Math.max(0, range.endFrame - range.startFrame) },
    (_, index) => valueAt(range.startFrame + index),
  );
}
