import { type Rational, rationalToNumber } from "../../core/mod.ts";
import { invalidAt } from "./attributes.ts";
import type { Clip, OwnTransition, Sequence, Transition } from "./model.ts";

/** A transition with its sharing resolved. */
export interface PlacedTransition {
  /** The one that the file gives in full, here or on the other clip. */
  readonly own: OwnTransition;
  /** It joins two clips at a cut; then both are extended by its length. */
  readonly isShared: boolean;
}

/** A clip as it is played, extended by the transitions that it shares. Frames of its sequence. */
export interface PlacedClip {
  readonly clip: Clip;
  /** It plays in `[inFrame, outFrame)` at most; see {@linkcode visibleRange}. */
  readonly inFrame: number;
  readonly outFrame: number;
  /** Clip frame at `inFrame`; below 0 where a shared opening reaches before the media. */
  readonly clipInFrame: number;
  readonly opening?: PlacedTransition;
  readonly closing?: PlacedTransition;
}

/**
 * Resolves the shared transitions of a sequence and extends the clips that they join: the earlier
 * one plays on by the transition's length, the later one starts as much before the cut.
 *
 * @returns All clips, disabled ones too, in file order.
 * @throws {DomainError} `project_invalid` with a line if a shared transition refers to no earlier
 * clip, or to one that has none.
 */
export function placeClips(sequence: Sequence): readonly PlacedClip[] {
  const earlier = new Map<number, Clip>();
  const sharedOpenings = new Set<number>();
  const sharedClosings = new Set<number>();
  const ends = sequence.clips.map((clip) => {
    const opening = resolveTransition(clip.opening, (id) => earlier.get(id)?.closing);
    const closing = resolveTransition(clip.closing, (id) => earlier.get(id)?.opening);
    if (clip.opening?.kind === "shared") sharedClosings.add(clip.opening.clipId);
    if (clip.closing?.kind === "shared") sharedOpenings.add(clip.closing.clipId);
    earlier.set(clip.id, clip);
    return { clip, opening, closing };
  });
  return ends.map(({ clip, opening, closing }) => {
    const opensShared = clip.opening?.kind === "shared" || sharedOpenings.has(clip.id);
    const closesShared = clip.closing?.kind === "shared" || sharedClosings.has(clip.id);
    const before = opening !== undefined && opensShared ? opening.lengthFrames : 0;
    const after = closing !== undefined && closesShared ? closing.lengthFrames : 0;
    return {
      clip,
      inFrame: clip.inFrame - before,
      outFrame: clip.outFrame + after,
      clipInFrame: clip.clipInFrame - before,
      ...(opening === undefined ? {} : { opening: { own: opening, isShared: opensShared } }),
      ...(closing === undefined ? {} : { closing: { own: closing, isShared: closesShared } }),
    };
  });
}

function resolveTransition(
  transition: Transition | undefined,
  counterpart: (clipId: number) => Transition | undefined,
): OwnTransition | undefined {
  if (transition === undefined || transition.kind === "own") return transition;
  const other = counterpart(transition.clipId);
  if (other?.kind === "own") return other;
  throw invalidAt(
    transition.line,
    `the shared transition refers to clip ${transition.clipId}, ` +
      "which is no earlier clip with such a transition",
  );
}

/** What decides how long a clip's source lasts. */
export interface SourceLength {
  /** Length of the media, seconds; `Infinity` for stills and generators. */
  readonly durationSeconds: number;
  /** Factor of the footage, > 0. */
  readonly footageSpeed: number;
}

/**
 * Length of a clip's footage in frames of the timeline, at the clip's speed, whole frames only.
 *
 * @returns `Infinity` for a source without an end.
 */
export function mediaLengthFrames(
  clip: Clip,
  source: SourceLength & { readonly fps: Rational },
): number {
  if (!Number.isFinite(source.durationSeconds)) return Infinity;
  // Microseconds are what the editor computes with; the rounding decides at exact frame borders.
  const microseconds = Math.round(source.durationSeconds * 1e6);
  const rate = rationalToNumber(source.fps) / clip.speed / source.footageSpeed;
  return Math.floor(microseconds / 1e6 * rate + LENGTH_TOLERANCE_FRAMES);
}

/** Doubles of a rate such as 30000/1001 must not cost a whole frame. */
const LENGTH_TOLERANCE_FRAMES = 1e-6;

/**
 * Length of a nested sequence in frames of the outer one. Its clip's speed shortens it, although
 * its picture is played at normal speed: that is how the editor counts.
 */
export function nestedLengthFrames(
  clip: Clip,
  rates: { readonly innerLengthFrames: number; readonly inner: Rational; readonly outer: Rational },
): number {
  const outer = rationalToNumber(rates.outer) / clip.speed;
  return roundHalfAway(rates.innerLengthFrames / rationalToNumber(rates.inner) * outer);
}

/**
 * Frames of the timeline at which a clip is there at all: within its place and not past the end of
 * its source. A disabled clip is never there.
 *
 * @param placed The clip.
 * @param mediaLength Length of its source, frames of the timeline at the clip's speed, or `Infinity`.
 * @returns Half-open; `startFrame` equals `endFrame` if it is never visible.
 */
export function visibleRange(
  placed: PlacedClip,
  mediaLength: number,
): { readonly startFrame: number; readonly endFrame: number } {
  const start = placed.inFrame;
  if (!placed.clip.isEnabled) return { startFrame: start, endFrame: start };
  const end = Math.min(placed.outFrame, start + mediaLength - placed.clipInFrame);
  return { startFrame: start, endFrame: Math.max(start, end) };
}

/** Clip frame at a playhead: what effects and key frames are evaluated at. */
export function clipFrameAt(placed: PlacedClip, playhead: number): number {
  return Math.max(0, playhead - placed.inFrame) + placed.clipInFrame;
}

/** Frame of a nested sequence at a playhead of the outer one. Speed and reversal play no part. */
export function nestedFrameAt(
  placed: PlacedClip,
  at: { readonly playhead: number; readonly inner: Rational; readonly outer: Rational },
): number {
  const frames = at.playhead + placed.clipInFrame - placed.inFrame;
  return roundHalfAway(
    frames * at.inner.num * at.outer.den / (at.inner.den * at.outer.num),
  );
}

/** Rounds to the nearest whole number, halves away from zero. */
export function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}
