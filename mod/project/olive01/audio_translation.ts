import {
  type AudioClip,
  type AudioEffect,
  type AudioPlan,
  type AudioSource,
  DomainError,
  type FrameRange,
  type Rational,
  rationalFromFps,
  rationalToNumber,
} from "../../core/mod.ts";
import {
  isKnownTransition,
  type SoundPlace,
  translateAudioEffect,
  translateFade,
} from "./audio_effects.ts";
import { mediaLengthFrames, placeClips, type PlacedClip, roundHalfAway } from "./clip_time.ts";
import type { Sequence } from "./model.ts";
import type { ProblemList } from "./problems.ts";
import type { MediaTable, ResolvedFootage } from "./resolve_media.ts";

/** Samples per second that the encoder of the film's sound takes at most, Hz. */
const SAMPLE_RATE_MAX = 96_000;
/** Clips, counted once for every time that their sequence is nested, that are looked at. */
const CLIPS_MAX = 100_000;

/** What translating the sound of a project needs. */
export interface AudioTranslation {
  /** The exported sequence first, then all that are nested in it; no cycles. */
  readonly sequences: readonly Sequence[];
  /** What is exported of the first: its first frame is sample 0. */
  readonly range: FrameRange;
  /** All footage that was found, by id. */
  readonly footage: ReadonlyMap<number, ResolvedFootage>;
  /** Gives media their ids. */
  readonly media: MediaTable;
  /** Takes what is wrong. */
  readonly problems: ProblemList;
}

/**
 * Translates the sound of a project: every enabled clip on the sound tracks of the first sequence,
 * with nested sequences resolved.
 *
 * @returns The plan; silence for a project without sequences. What is wrong with the project goes
 * to `problems`; the plan is of use only if there are none.
 * @throws {DomainError} `too_large` if nesting multiplies clips beyond measure.
 */
export function translateAudio(request: AudioTranslation): AudioPlan {
  const sequence = request.sequences[0];
  if (sequence === undefined) return { sampleRate: 48_000, lengthSamples: 0, clips: [] };
  const fps = rationalFromFps(sequence.fps);
  const sampleRate = Math.min(SAMPLE_RATE_MAX, sequence.sampleRate);
  const samplesPerFrame = sampleRate * fps.den / fps.num;
  const { startFrame, endFrame } = request.range;
  const lengthSamples = Math.round((endFrame - startFrame) * samplesPerFrame);
  const walk = new SoundWalk(request, sampleRate);
  walk.addSequence(sequence, {
    fps,
    toFilmSample: (frame) => (frame - startFrame) * samplesPerFrame,
    toWholeFilmSample: (frame) => Math.round((frame - startFrame) * samplesPerFrame),
    startSample: 0,
    endSample: lengthSamples,
    nestEffects: [],
  });
  return { sampleRate, lengthSamples, clips: walk.clips };
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
class SoundWalk {
  readonly clips: AudioClip[] = [];
  readonly #request: AudioTranslation;
  readonly #sampleRate: number;
  #clipCount = 0;

  constructor(request: AudioTranslation, sampleRate: number) {
    this.#request = request;
    this.#sampleRate = sampleRate;
  }

  addSequence(sequence: Sequence, place: SequencePlace): void {
    const { problems } = this.#request;
    this.#clipCount += sequence.clips.length;
    if (this.#clipCount > CLIPS_MAX) {
      throw new DomainError(
        "too_large",
        `Cannot export project: with nested sequences it has more than ${CLIPS_MAX} clips`,
      );
    }
    for (const placed of problems.collect(sequence.name, () => placeClips(sequence)) ?? []) {
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
    const inner = this.#request.sequences.find(({ id }) => id === sequenceId);
    // One that is not there has been reported where references are followed.
    if (inner === undefined) return;
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
    const resolved = this.#request.footage.get(footageId);
    // Missing footage has been reported where media are looked for.
    if (resolved === undefined) return undefined;
    const { footage, probe } = resolved;
    const streams = (resolved.proxyProbe ?? probe).streams;
    if (streams.find(({ index }) => index === streamIndex)?.kind !== "audio") {
      this.#request.problems.add({
        code: "project_invalid",
        line: clip.line,
        subject: clip.name,
        message: `${footage.name} has no sound in stream ${streamIndex}`,
      });
      return undefined;
    }
    const samplesPerFrame = this.#sampleRate * sequence.fps.den / sequence.fps.num;
    const lengthFrames = mediaLengthFrames(clip, {
      durationSeconds: probe.durationSeconds ?? 0,
      footageSpeed: footage.speed,
      fps: sequence.fps,
    });
    return {
      kind: "media",
      mediaId: this.#request.media.idOf(resolved),
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
    const { problems } = this.#request;
    const soundPlace: SoundPlace = {
      toFilmSample: (clipFrame) =>
        sequence.toFilmSample(clipFrame - placed.clipInFrame + placed.inFrame),
      startSample: place.startSample,
      sampleRate: place.sampleRate,
    };
    for (const effect of placed.clip.effects) {
      if (!effect.isEnabled) continue;
      const subject = effect.name;
      const result = problems.collect(subject, () => translateAudioEffect(effect, soundPlace));
      if (result?.kind === "effect") effects.push(result.effect);
      if (result?.kind === "unsupported") {
        const { message } = result;
        problems.add({ code: "project_unsupported", line: effect.line, subject, message });
      }
    }
    return effects;
  }

  #reportTransitions(placed: PlacedClip): void {
    for (const transition of [placed.opening, placed.closing]) {
      if (transition === undefined || isKnownTransition(transition.own.name)) continue;
      this.#request.problems.add({
        code: "project_unsupported",
        line: transition.own.line,
        subject: transition.own.name,
        message: "there is no transition of that name",
      });
    }
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
