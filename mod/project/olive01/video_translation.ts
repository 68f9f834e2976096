import {
  DomainError,
  type FrameRange,
  rationalFromFps,
  TIMELINE_FRAMES_MAX,
  type VideoPlan,
  type VideoScene,
} from "../../core/mod.ts";
import { Baker } from "./bake.ts";
import { placeClips, type PlacedClip } from "./clip_time.ts";
import { translateClip } from "./layer_translation.ts";
import type { Sequence } from "./model.ts";
import type { ProblemList } from "./problems.ts";
import type { MediaTable, ResolvedFootage } from "./resolve_media.ts";

/** What translating the pictures of a project needs. */
export interface VideoTranslation {
  /** The exported sequence first, then all that are nested in it; no cycles. */
  readonly sequences: readonly Sequence[];
  /** What is exported of the first. */
  readonly range: FrameRange;
  /** All footage that was found, by id. */
  readonly footage: ReadonlyMap<number, ResolvedFootage>;
  /** Gives media their ids. */
  readonly media: MediaTable;
  /** Takes what is wrong. */
  readonly problems: ProblemList;
}

/** Clips of all picture tracks, counted once for every time that their sequence is nested. */
export const NESTED_CLIPS_MAX = 100_000;

const EVERYTHING: FrameRange = {
  startFrame: -2 * TIMELINE_FRAMES_MAX,
  endFrame: 2 * TIMELINE_FRAMES_MAX,
};

/**
 * Translates the pictures of a project: each sequence is a scene, each visible clip of its picture
 * tracks a layer.
 *
 * @throws {DomainError} `too_large` if too many values change over time, or nesting multiplies clips
 * beyond {@linkcode NESTED_CLIPS_MAX}. What is wrong with the
 * project goes to `problems`; the plan is of use only if there are none.
 */
export function translateVideo(request: VideoTranslation): VideoPlan {
  const scenes = new Map(
    request.sequences.map((sequence, index) => [sequence.id, { sequence, index }]),
  );
  assertNestingWithin(request.sequences);
  const baker = new Baker();
  return {
    renderer: "melt",
    scenes: request.sequences.map((sequence, index): VideoScene => {
      const isFilm = index === 0;
      const fps = rationalFromFps(sequence.fps);
      const context = {
        sequence,
        fps,
        scenes,
        footage: request.footage,
        media: request.media,
        problems: request.problems,
        shift: isFilm ? request.range.startFrame : 0,
        limit: isFilm ? request.range : EVERYTHING,
        baker,
      };
      const layers = drawingOrder(listPlacedClips(sequence, request.problems))
        .map((placed) => translateClip(placed, context))
        .filter((layer) => layer !== undefined);
      const { name, width, height } = sequence;
      return { name, width, height, fps, layers };
    }),
  };
}

/** Ten clips of a sequence of ten clips of a sequence ... are more than any renderer has time for. */
function assertNestingWithin(sequences: readonly Sequence[]): void {
  const byId = new Map(sequences.map((sequence) => [sequence.id, sequence]));
  const counts = new Map<Sequence, number>();
  const countClips = (sequence: Sequence): number => {
    const known = counts.get(sequence);
    if (known !== undefined) return known;
    let count = 0;
    for (const clip of sequence.clips) {
      if (!clip.isEnabled || clip.track >= 0) continue;
      const inner = clip.source.kind === "sequence" ? byId.get(clip.source.sequenceId) : undefined;
      count += 1 + (inner === undefined ? 0 : countClips(inner));
    }
    counts.set(sequence, count);
    return count;
  };
  const film = sequences[0];
  if (film === undefined || countClips(film) <= NESTED_CLIPS_MAX) return;
  throw new DomainError(
    "too_large",
    `Cannot export project: with nested sequences it has more than ${NESTED_CLIPS_MAX} clips`,
  );
}

function listPlacedClips(sequence: Sequence, problems: ProblemList): readonly PlacedClip[] {
  return problems.collect(sequence.name, () => placeClips(sequence)) ?? [];
}

/** Picture tracks from the bottom (-1) up; on one track the later of the file is on top. */
function drawingOrder(clips: readonly PlacedClip[]): readonly PlacedClip[] {
  return clips.filter((placed) => placed.clip.track < 0)
    .toSorted((a, b) => b.clip.track - a.clip.track);
}
