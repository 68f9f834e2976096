import type {
  AudioEffect,
  AudioFade,
  AudioNoise,
  AudioPan,
  AudioTone,
  AudioVolume,
} from "../../core/mod.ts";
import { unreachable } from "../../core/mod.ts";
import { readCurve } from "./curve.ts";

/** Consecutive samples of a clip: left and right in turn. */
export interface SoundBlock {
  readonly pcm: Int16Array;
  /** Place of the first pair in the film. */
  readonly startSample: number;
}

/** Result of a calculation as a 16-bit sample: the fraction is dropped, then the range is kept. */
export function toSample(value: number): number {
  return value > 32767 ? 32767 : value < -32768 ? -32768 : Math.trunc(value);
}

/** Loudness law of the editor's sliders: 0 at 0, 1 at 1. */
export function sliderLaw(share: number): number {
  return (Math.exp(share) - 1) / (Math.E - 1);
}

/** Carries one effect out on a block, in place. */
export function applyEffect(effect: AudioEffect, block: SoundBlock): void {
  switch (effect.kind) {
    case "volume":
      return applyVolume(effect, block);
    case "pan":
      return applyPan(effect, block);
    case "fill":
      return copyChannel(block.pcm, effect.channel === "left" ? 0 : 1);
    case "fade":
      return applyFade(effect, block);
    case "tone":
      return applyTone(effect, block);
    case "noise":
      return applyNoise(effect, block);
    default:
      return unreachable(effect);
  }
}

function applyVolume(effect: AudioVolume, { pcm, startSample }: SoundBlock): void {
  const gains = new Float64Array(pcm.length / 2);
  const constant = readCurve(effect.gain, startSample, gains);
  if (constant === 1) return;
  for (let i = 0; i < gains.length; i++) {
    scalePair(pcm, i, constant ?? gains[i] ?? 0);
  }
}

function scalePair(pcm: Int16Array, pair: number, gain: number): void {
  pcm[2 * pair] = toSample((pcm[2 * pair] ?? 0) * gain);
  pcm[2 * pair + 1] = toSample((pcm[2 * pair + 1] ?? 0) * gain);
}

function applyPan(effect: AudioPan, { pcm, startSample }: SoundBlock): void {
  const pans = new Float64Array(pcm.length / 2);
  const constant = readCurve(effect.pan, startSample, pans);
  const constantGain = constant === undefined ? 0 : 1 - sliderLaw(Math.abs(constant));
  for (let i = 0; i < pans.length; i++) {
    const pan = constant ?? pans[i] ?? 0;
    const gain = constant === undefined ? 1 - sliderLaw(Math.abs(pan)) : constantGain;
    const index = pan < 0 ? 2 * i + 1 : 2 * i;
    pcm[index] = toSample((pcm[index] ?? 0) * gain);
  }
}

function copyChannel(pcm: Int16Array, to: 0 | 1): void {
  for (let i = 0; i < pcm.length; i += 2) pcm[i + to] = pcm[i + 1 - to] ?? 0;
}

function applyFade(effect: AudioFade, { pcm, startSample }: SoundBlock): void {
  for (let i = 0; i < pcm.length; i++) {
    // The right channel counts as half a sample later: that is how the editor counts bytes.
    const progress = (startSample + i / 2 - effect.startSample) / effect.lengthSamples;
    const share = Math.min(1, Math.max(0, effect.direction === "in" ? progress : 1 - progress));
    if (share < 1) pcm[i] = toSample((pcm[i] ?? 0) * fadeShape(effect.shape, share));
  }
}

function fadeShape(shape: AudioFade["shape"], share: number): number {
  if (shape === "linear") return share;
  return shape === "exponential" ? share * share : Math.sqrt(share);
}

function applyTone(effect: AudioTone, { pcm, startSample }: SoundBlock): void {
  const frequencies = new Float64Array(pcm.length / 2);
  const frequency = readCurve(effect.frequency, startSample, frequencies);
  const amounts = new Float64Array(pcm.length / 2);
  const amount = readCurve(effect.amount, startSample, amounts);
  for (let i = 0; i < amounts.length; i++) {
    const cycles = (frequency ?? frequencies[i] ?? 0) / effect.sampleRate *
      (startSample + i - effect.startSample);
    const volume = sliderLaw(amount ?? amounts[i] ?? 0);
    // Whole cycles are taken off first: the sine of a large number is inexact.
    const tone = Math.round(Math.sin(2 * Math.PI * (cycles % 1)) * volume * 32767);
    putPair(pcm, i, { left: tone, right: tone, isMixed: effect.isMixed });
  }
}

function applyNoise(effect: AudioNoise, { pcm, startSample }: SoundBlock): void {
  const amounts = new Float64Array(pcm.length / 2);
  const amount = readCurve(effect.amount, startSample, amounts);
  for (let i = 0; i < amounts.length; i++) {
    const volume = sliderLaw(amount ?? amounts[i] ?? 0) * 32767;
    const left = Math.round(noiseAt(2 * (startSample + i)) * volume);
    const right = Math.round(noiseAt(2 * (startSample + i) + 1) * volume);
    putPair(pcm, i, { left, right, isMixed: effect.isMixed });
  }
}

function putPair(
  pcm: Int16Array,
  pair: number,
  made: { readonly left: number; readonly right: number; readonly isMixed: boolean },
): void {
  const left = made.isMixed ? pcm[2 * pair] ?? 0 : 0;
  const right = made.isMixed ? pcm[2 * pair + 1] ?? 0 : 0;
  pcm[2 * pair] = toSample(left + made.left);
  pcm[2 * pair + 1] = toSample(right + made.right);
}

/**
 * -1 to 1, evenly spread, decided by the place alone: a film is the same however it is cut.
 *
 * @see Source: finalizer of MurmurHash3 (32 bit), public domain.
 */
function noiseAt(place: number): number {
  let hash = place | 0;
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return ((hash ^ hash >>> 16) >>> 0) / 0xffffffff * 2 - 1;
}

/** Adds a clip's samples to the mix, in place; each sum keeps the range of 16 bits. */
export function addSaturating(mix: Int16Array, clip: Int16Array): void {
  for (let i = 0; i < mix.length; i++) {
    const sum = (mix[i] ?? 0) + (clip[i] ?? 0);
    mix[i] = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
  }
}
