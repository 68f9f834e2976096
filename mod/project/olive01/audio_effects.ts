import type { AudioEffect, AudioFade } from "../../core/mod.ts";
import { audioCurve, type ToFilmSample } from "./audio_curve.ts";
import { numberField, switchField, textField } from "./effect_fields.ts";
import type { PlacedTransition } from "./clip_time.ts";
import type { Effect } from "./model.ts";

/** Where an effect's clip lies in the film. */
export interface SoundPlace {
  readonly toFilmSample: ToFilmSample;
  /** Place of the clip's first sample. */
  readonly startSample: number;
  /** Rate of the sequence that holds the clip, Hz. */
  readonly sampleRate: number;
}

/** An effect of a clip, translated, or why it is not. */
export type TranslatedEffect =
  | { readonly kind: "effect"; readonly effect: AudioEffect }
  /** The editor does nothing for it either. */
  | { readonly kind: "ignored" }
  | { readonly kind: "unsupported"; readonly message: string };

type Translator = (effect: Effect, place: SoundPlace) => TranslatedEffect;

/** By the name after the category; an effect for sound has no category. */
const TRANSLATORS: Readonly<Record<string, Translator>> = {
  "Volume": translateVolume,
  "Pan": translatePan,
  "Fill Left/Right": translateFill,
  "Tone": translateTone,
  "Noise": translateNoise,
  "VST Plugin 2.x": () => unsupported("VST plug-ins cannot be run"),
};

/**
 * Translates an effect on sound. Names that the editor does not know, and effects for pictures, do
 * nothing there and nothing here.
 *
 * @param effect The effect, not disabled.
 * @param place Where its clip lies in the film.
 * @throws {DomainError} `project_invalid` with a line if a value cannot be read.
 */
export function translateAudioEffect(effect: Effect, place: SoundPlace): TranslatedEffect {
  const slash = effect.name.indexOf("/");
  const category = effect.name.slice(0, Math.max(0, slash));
  const name = effect.name.slice(slash + 1);
  if (category !== "" || !Object.hasOwn(TRANSLATORS, name)) return { kind: "ignored" };
  return TRANSLATORS[name]?.(effect, place) ?? { kind: "ignored" };
}

function translated(effect: AudioEffect): TranslatedEffect {
  return { kind: "effect", effect };
}

function unsupported(message: string): TranslatedEffect {
  return { kind: "unsupported", message };
}

function curveOf(
  effect: Effect,
  field: { readonly id: string; readonly fallback: number; readonly scale: number },
  place: SoundPlace,
): ReturnType<typeof audioCurve> {
  return audioCurve(numberField(effect, field), {
    effect,
    fieldId: field.id,
    toFilmSample: place.toFilmSample,
    convert: (value) => value * field.scale,
  });
}

function translateVolume(effect: Effect, place: SoundPlace): TranslatedEffect {
  const gain = curveOf(effect, { id: "volume", fallback: 1, scale: 1 }, place);
  return translated({ kind: "volume", gain });
}

function translatePan(effect: Effect, place: SoundPlace): TranslatedEffect {
  const pan = curveOf(effect, { id: "pan", fallback: 0, scale: 0.01 }, place);
  return translated({ kind: "pan", pan });
}

function translateFill(effect: Effect): TranslatedEffect {
  const type = textField(effect, { id: "type", fallback: "0" });
  if (!type.isConstant) return unsupported("the side of Fill Left/Right changes over time");
  return translated({ kind: "fill", channel: type.at(0) === "1" ? "right" : "left" });
}

function translateTone(effect: Effect, place: SoundPlace): TranslatedEffect {
  const mix = switchField(effect, { id: "mix", fallback: true });
  if (!mix.isConstant) return unsupported("Mix of Tone changes over time");
  return translated({
    kind: "tone",
    startSample: place.startSample,
    sampleRate: place.sampleRate,
    frequency: curveOf(effect, { id: "frequency", fallback: 1000, scale: 1 }, place),
    amount: curveOf(effect, { id: "amount", fallback: 25, scale: 0.01 }, place),
    isMixed: mix.at(0),
  });
}

function translateNoise(effect: Effect, place: SoundPlace): TranslatedEffect {
  const mix = switchField(effect, { id: "mix", fallback: true });
  if (!mix.isConstant) return unsupported("Mix of Noise changes over time");
  const amount = curveOf(effect, { id: "amount", fallback: 20, scale: 0.01 }, place);
  return translated({ kind: "noise", amount, isMixed: mix.at(0) });
}

const FADE_SHAPES: Readonly<Record<string, AudioFade["shape"]>> = {
  "Linear Fade": "linear",
  "Exponential Fade": "exponential",
  "Logarithmic Fade": "logarithmic",
};

/**
 * Translates the beginning or the end of a clip. A disabled transition still fades the sound.
 *
 * @param transition What the clip begins or ends with.
 * @param place Direction, and the end of the clip that it touches, with its sharing: places of the
 * film.
 * @returns The fade, or `undefined` for one of length 0 or one that does nothing to sound.
 */
export function translateFade(
  transition: PlacedTransition,
  place: {
    readonly direction: AudioFade["direction"];
    readonly edgeSample: number;
    readonly samplesPerFrame: number;
  },
): AudioFade | undefined {
  const name = transition.own.name.slice(transition.own.name.indexOf("/") + 1);
  const shape = Object.hasOwn(FADE_SHAPES, name) ? FADE_SHAPES[name] : undefined;
  const frames = transition.own.lengthFrames * (transition.isShared ? 2 : 1);
  if (shape === undefined || frames === 0) return undefined;
  const lengthSamples = frames * place.samplesPerFrame;
  const startSample = place.direction === "in"
    ? place.edgeSample
    : place.edgeSample - lengthSamples;
  return { kind: "fade", direction: place.direction, shape, startSample, lengthSamples };
}

/** Whether the editor knows a transition, for pictures or for sound; it crashes on any other. */
export function isKnownTransition(name: string): boolean {
  const own = name.slice(name.indexOf("/") + 1);
  return own === "Cross Dissolve" || Object.hasOwn(FADE_SHAPES, own);
}
