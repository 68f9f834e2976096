/**
 * How the sound of the whole film is made: clips laid over each other. Nested sequences are already
 * resolved: each of their clips is one here, with the effects of the nest after its own. Plain JSON.
 *
 * All positions are samples per channel at {@linkcode AudioPlan.sampleRate}, counted from the start
 * of the film; they may lie outside of it. Sound is 16-bit stereo at every step: each effect
 * truncates its result toward zero and clips it to 16 bits, and clips are added in order, each sum
 * clipped to 16 bits.
 */
export interface AudioPlan {
  /** Samples per second of the film, Hz, 8000..192000. */
  readonly sampleRate: number;
  /** Samples per channel of the whole film: round(lengthFrames / fps * sampleRate). Always stereo. */
  readonly lengthSamples: number;
  /** In the order in which they are added. */
  readonly clips: readonly AudioClip[];
}

/** One piece of sound and what is done to it. */
export interface AudioClip {
  /** Name of the clip, for messages. */
  readonly name: string;
  readonly source: AudioSource;
  /** Heard in `[startSample, endSample)`. Past the end of its source a clip is silent, not absent. */
  readonly startSample: number;
  readonly endSample: number;
  /** Carried out one after the other. */
  readonly effects: readonly AudioEffect[];
}

/** Where the samples of a clip come from. */
export type AudioSource = AudioMediaSource | AudioSilence;

/** A sound stream of a media file, decoded from its very start. */
export interface AudioMediaSource {
  readonly kind: "media";
  /** `id` of a {@linkcode PlanMedia}. */
  readonly mediaId: string;
  /** Absolute index of the stream in the file. */
  readonly streamIndex: number;
  /**
   * Factor, > 0. The stream is resampled to round(sampleRate / speed) Hz and its samples are played
   * at `sampleRate`; with `keepsPitch` its tempo is changed instead.
   */
  readonly speed: number;
  readonly keepsPitch: boolean;
  /**
   * Index, in the stream after its speed was changed, of the sample that is heard at `startSample`.
   * Samples before the first and after the last of the stream are silent.
   */
  readonly sourceStartSample: number;
  /** The index goes down from there, not up. */
  readonly isReversed: boolean;
}

/** Nothing; for effects that make their own sound. */
export interface AudioSilence {
  readonly kind: "silence";
}

/** Something that is done to the samples of a clip. */
export type AudioEffect =
  | AudioVolume
  | AudioPan
  | AudioFill
  | AudioFade
  | AudioTone
  | AudioNoise;

/**
 * A number over time: straight between its points, constant before the first and after the last
 * one. Two points at one place are a step: the later one holds from there on. Never empty.
 */
export type AudioCurve = readonly AudioCurvePoint[];

/** A point of a curve, in ascending order of `atSample`. */
export interface AudioCurvePoint {
  /** Place in the film; may lie between two samples. */
  readonly atSample: number;
  readonly value: number;
}

/** Multiplies both channels. */
export interface AudioVolume {
  readonly kind: "volume";
  /** Linear: 1 leaves the level, 0.5 halves it. */
  readonly gain: AudioCurve;
}

/**
 * Balance: the channel that the sound moves away from is multiplied by 1 - L(|pan|), with
 * L(x) = (e^x - 1) / (e - 1); the other one stays.
 */
export interface AudioPan {
  readonly kind: "pan";
  /** -1 (left) to 1 (right). */
  readonly pan: AudioCurve;
}

/** One channel becomes a copy of the other. */
export interface AudioFill {
  readonly kind: "fill";
  /** The channel that is overwritten. */
  readonly channel: "left" | "right";
}

/**
 * Fades in from, or out to, silence. With u = (sample - startSample) / lengthSamples, limited to
 * 0..1, the factor is f(u), or f(1 - u) for a fade out: f(u) = u, u * u or sqrt(u).
 */
export interface AudioFade {
  readonly kind: "fade";
  readonly direction: "in" | "out";
  readonly shape: "linear" | "exponential" | "logarithmic";
  readonly startSample: number;
  /** Above 0; may have a fraction. */
  readonly lengthSamples: number;
}

/** A sine, on both channels, at phase 0 in `startSample`. Its amplitude is L(amount) of full scale. */
export interface AudioTone {
  readonly kind: "tone";
  readonly startSample: number;
  /** Samples per second that its phase counts, Hz: the sequence's own rate. */
  readonly sampleRate: number;
  /** Hz. */
  readonly frequency: AudioCurve;
  /** 0 to 1. */
  readonly amount: AudioCurve;
  /** Added to what is there; otherwise in its place. */
  readonly isMixed: boolean;
}

/** White noise, different on both channels, the same in every run. Its amplitude is L(amount). */
export interface AudioNoise {
  readonly kind: "noise";
  /** 0 to 1. */
  readonly amount: AudioCurve;
  readonly isMixed: boolean;
}
