import {
  type AudioClip,
  type AudioEffect,
  type AudioPlan,
  type AudioSource,
  type FrameRange,
  type MediaProbe,
  type Rational,
  rationalFromFps,
  rationalToNumber,
} from "../../core/mod.ts";
import { isKnownTransition, translateAudioEffect, translateFade } from "./audio_effects.ts";
import { mediaLengthFrames, placeClips, type PlacedClip, roundHalfAway } from "./clip_time.ts";
import type { Clip, Footage, OliveProject, Sequence } from "./model.ts";

/** Samples per second that the encoder of the film's sound takes at most, Hz. */
const SAMPLE_RATE_MAX = 96_000;

/** What the translation asks about the world outside of the project file. */
export interface AudioLookups {
  /** Frames of the sequence that the film shows; its first one is sample 0. */
  readonly range: FrameRange;
  /**
   * The file of a footage: its id in the plan and what it is.
   *
   * @returns `undefined` if it is missing; whoever asks for its pictures, too, has reported that.
   */
  findMedia(
    footage: Footage,
  ): { readonly mediaId: string; readonly probe: MediaProbe } | undefined;
}

/** Something in the project that is not heard as the editor would play it. */
export interface AudioProblem {
  /** Line of the project file, from 1. */
  readonly line: number;
  /** Name of the clip or effect. */
  readonly subject: string;
  /** One sentence without a period. */
  readonly message: string;
}

/** The sound of a film, and what is wrong with it. */
export interface AudioTranslation {
  readonly audio: AudioPlan;
  /** What is left out because it is not supported; in file order. */
  readonly problems: readonly AudioProblem[];
}

/**
 * Translates the sound of a sequence: every enabled clip on its sound tracks, with nested sequences
 * resolved.
 *
 * @param sequence The exported sequence.
 * @param project Everything it may refer to. Nesting must be free of cycles.
 * @param lookups Range and media.
 * @throws {DomainError} `project_invalid` with a line if a value or a shared transition is wrong.
 */
export function translateAudio(
  sequence: Sequence,
  project: OliveProject,
  lookups: AudioLookups,
): AudioTranslation {
  const fps = rationalFromFps(sequence.fps);
  const sampleRate = Math.min(SAMPLE_RATE_MAX, sequence.sampleRate);
  const samplesPerFrame = sampleRate * fps.den / fps.num;
  const { startFrame, endFrame } = lookups.range;
  const translation = new Translation(project, { ...lookups, sampleRate });
  translation.addSequence(sequence, {
    fps,
    toFilmSample: (frame) => (frame - startFrame) * samplesPerFrame,
    toWholeFilmSample: (frame) => Math.round((frame - startFrame) * samplesPerFrame),
    startSample: 0,
    endSample: Math.round((endFrame - startFrame) * samplesPerFrame),
    nestEffects: [],
  });
  const lengthSamples = Math.round((endFrame - startFrame) * samplesPerFrame);
  return {
    audio: { sampleRate, lengthSamples, clips: translation.clips },
    problems: translation.problems,
  };
}

/** A sequence in the film. */
interface SequencePlace {
  readonly fps: Rational;
  /** Exact place of a moment of the sequence. */
  readonly toFilmSample: (frame: number) => number;
  /** Place of a clip's edge: the editor rounds to whole frames of each outer sequence. */
  readonly toWholeFilmSample: (frame: number) => number;
  /** What is heard of it: `[startSample, endSample)`. */
  readonly startSample: number;
  readonly endSample: number;
  /** Effects of the clips that contain it, the innermost first. */
  readonly nestEffects: readonly AudioEffect[];
}

/** A clip in the film. */
interface ClipPlace {
  readonly placed: PlacedClip;
  readonly sequence: SequencePlace;
  /** Sequence that holds the clip. */
  readonly sampleRate: number;
  /** Of the clip's whole place, the part that is heard included. */
  readonly startSample: number;
  readonly endSample: number;
}

/** Walks a sequence and those nested in it. */
class Translation {
  readonly clips: AudioClip[] = [];
  readonly problems: AudioProblem[] = [];
  readonly #project: OliveProject;
  readonly #lookups: AudioLookups & { readonly sampleRate: number };

  constructor(project: OliveProject, lookups: AudioLookups & { readonly sampleRate: number }) {
    this.#project = project;
    this.#lookups = lookups;
  }

  addSequence(sequence: Sequence, place: SequencePlace): void {
    for (const placed of placeClips(sequence)) {
      const { clip } = placed;
      if (clip.track < 0 || !clip.isEnabled) continue;
      this.#reportTransitions(placed);
      const clipPlace: ClipPlace = {
        placed,
        sequence: place,
        sampleRate: sequence.sampleRate,
        startSample: place.toWholeFilmSample(placed.inFrame),
        endSample: place.toWholeFilmSample(placed.outFrame),
      };
      if (clip.source.kind === "sequence") this.#addNest(clip.source.sequenceId, clipPlace);
      else this.#addClip(clipPlace);
    }
  }

  #addNest(sequenceId: number, place: ClipPlace): void {
    const { placed, sequence: outer } = place;
    const inner = this.#project.sequences.find(({ id }) => id === sequenceId);
    if (inner === undefined) {
      this.#report(placed.clip, `the nested sequence ${sequenceId} is not in the project`);
      return;
    }
    const fps = rationalFromFps(inner.fps);
    const ratio = rationalToNumber(outer.fps) / rationalToNumber(fps);
    const offset = placed.inFrame - placed.clipInFrame;
    this.addSequence(inner, {
      fps,
      toFilmSample: (frame) => outer.toFilmSample(frame * ratio + offset),
      toWholeFilmSample: (frame) => outer.toWholeFilmSample(roundHalfAway(frame * ratio) + offset),
      startSample: Math.max(outer.startSample, place.startSample),
      endSample: Math.min(outer.endSample, place.endSample),
      nestEffects: [...this.#effectsOf(place), ...outer.nestEffects],
    });
  }

  #addClip(place: ClipPlace): void {
    const { placed, sequence } = place;
    const source = this.#sourceOf(place);
    if (source === undefined) return;
    const startSample = Math.max(sequence.startSample, place.startSample);
    const endSample = Math.min(sequence.endSample, place.endSample);
    const effects = this.#effectsOf(place);
    if (source.kind === "media") effects.push(...fadesOf(place));
    if (source.kind === "silence" && !effects.some(makesSound)) return;
    if (startSample >= endSample) return;
    this.clips.push({
      name: placed.clip.name,
      source: skipStart(source, startSample - place.startSample),
      startSample,
      endSample,
      effects: [...effects, ...sequence.nestEffects],
    });
  }

  #sourceOf({ placed, sequence }: ClipPlace): AudioSource | undefined {
    const { clip } = placed;
    if (clip.source.kind !== "footage") return { kind: "silence" };
    const { footageId, streamIndex } = clip.source;
    const footage = this.#project.footage.find(({ id }) => id === footageId);
    if (footage === undefined) {
      this.#report(clip, `footage ${footageId} is not in the project`);
      return undefined;
    }
    const media = this.#lookups.findMedia(footage);
    if (media === undefined) return undefined;
    const stream = media.probe.streams.find(({ index }) => index === streamIndex);
    if (stream?.kind !== "audio") {
      this.#report(clip, `${footage.name} has no sound in stream ${streamIndex}`);
      return undefined;
    }
    const samplesPerFrame = this.#lookups.sampleRate * sequence.fps.den / sequence.fps.num;
    const lengthFrames = mediaLengthFrames(clip, {
      durationSeconds: media.probe.durationSeconds ?? stream.durationSeconds ?? 0,
      footageSpeed: footage.speed,
      fps: sequence.fps,
    });
    return {
      kind: "media",
      mediaId: media.mediaId,
      streamIndex,
      speed: clip.speed * footage.speed,
      keepsPitch: clip.keepsPitch,
      isReversed: clip.isReversed,
      sourceStartSample: clip.isReversed
        ? Math.round((lengthFrames - placed.clipInFrame) * samplesPerFrame) - 1
        : Math.round(placed.clipInFrame * samplesPerFrame),
    };
  }

  #effectsOf(place: ClipPlace): AudioEffect[] {
    const { placed, sequence } = place;
    const effects: AudioEffect[] = [];
    for (const effect of placed.clip.effects) {
      if (!effect.isEnabled) continue;
      const result = translateAudioEffect(effect, {
        toFilmSample: (clipFrame) =>
          sequence.toFilmSample(clipFrame - placed.clipInFrame + placed.inFrame),
        startSample: place.startSample,
        sampleRate: place.sampleRate,
      });
      if (result.kind === "effect") effects.push(result.effect);
      if (result.kind === "unsupported") {
        this.problems.push({ line: effect.line, subject: effect.name, message: result.message });
      }
    }
    return effects;
  }

  #reportTransitions(placed: PlacedClip): void {
    for (const transition of [placed.opening, placed.closing]) {
      if (transition === undefined || isKnownTransition(transition.own.name)) continue;
      this.problems.push({
        line: transition.own.line,
        subject: transition.own.name,
        message: "there is no transition of that name",
      });
    }
  }

  #report(clip: Clip, message: string): void {
    this.problems.push({ line: clip.line, subject: clip.name, message });
  }
}

function makesSound(effect: AudioEffect): boolean {
  return effect.kind === "tone" || effect.kind === "noise";
}

/** The opening, then the closing fade of a footage clip. */
function fadesOf(place: ClipPlace): AudioEffect[] {
  const { placed, sequence } = place;
  const samplesPerFrame = sequence.toFilmSample(1) - sequence.toFilmSample(0);
  const fades: AudioEffect[] = [];
  for (const direction of ["in", "out"] as const) {
    const transition = direction === "in" ? placed.opening : placed.closing;
    if (transition === undefined) continue;
    const edgeFrame = direction === "in" ? placed.inFrame : placed.outFrame;
    const edgeSample = sequence.toFilmSample(edgeFrame);
    const fade = translateFade(transition, { direction, edgeSample, samplesPerFrame });
    if (fade !== undefined) fades.push(fade);
  }
  return fades;
}

/** The same source without its first samples. */
function skipStart(source: AudioSource, samples: number): AudioSource {
  if (source.kind !== "media") return source;
  const sourceStartSample = source.sourceStartSample + (source.isReversed ? -samples : samples);
  return { ...source, sourceStartSample };
}
