import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { AudioEffect } from "../../core/mod.ts";
import { addSaturating, applyEffect } from "./effects.ts";

const at = (value: number) => [{ atSample: 0, value }];

function apply(effect: AudioEffect, pcm: number[], startSample = 0): number[] {
  const block = Int16Array.from(pcm);
  applyEffect(effect, { pcm: block, startSample });
  return [...block];
}

Deno.test("applyEffect() of volume truncates toward zero and clips", () => {
  assertEquals(apply({ kind: "volume", gain: at(0.5) }, [3, -3, 101, -101]), [1, -1, 50, -50]);
  assertEquals(apply({ kind: "volume", gain: at(2) }, [20000, -20000]), [32767, -32768]);
  assertEquals(apply({ kind: "volume", gain: at(1) }, [-32768, 32767]), [-32768, 32767]);
  const ramp = [{ atSample: 0, value: 0 }, { atSample: 4, value: 1 }];
  const pcm = [1000, 1000, 1000, 1000, 1000, 1000];
  assertEquals(apply({ kind: "volume", gain: ramp }, pcm, 1), [250, 250, 500, 500, 750, 750]);
});

Deno.test("applyEffect() of pan takes from the side that the sound leaves", () => {
  assertEquals(apply({ kind: "pan", pan: at(0.5) }, [10000, 10000]), [6224, 10000]);
  assertEquals(apply({ kind: "pan", pan: at(-0.5) }, [10000, 10000]), [10000, 6224]);
  assertEquals(apply({ kind: "pan", pan: at(1) }, [10000, 10000]), [0, 10000]);
  assertEquals(apply({ kind: "pan", pan: at(0) }, [-7, 9]), [-7, 9]);
  const moving = [{ atSample: 0, value: -1 }, { atSample: 2, value: 1 }];
  assertEquals(apply({ kind: "pan", pan: moving }, [9, 9, 9, 9, 9, 9]), [9, 0, 9, 9, 0, 9]);
});

Deno.test("applyEffect() of fill copies one channel to the other", () => {
  assertEquals(apply({ kind: "fill", channel: "left" }, [1, 2, 3, 4]), [2, 2, 4, 4]);
  assertEquals(apply({ kind: "fill", channel: "right" }, [1, 2, 3, 4]), [1, 1, 3, 3]);
});

Deno.test("applyEffect() of fades follows its shape, and is nothing beyond its end", () => {
  const fade = { kind: "fade", startSample: 4, lengthSamples: 4 } as const;
  const pcm = Array(12).fill(10000);
  const left = (effect: AudioEffect): number[] =>
    apply(effect, pcm, 3).filter((_, i) => i % 2 === 0);
  assertEquals(left({ ...fade, direction: "in", shape: "linear" }), [
    ...[0, 0, 2500, 5000, 7500, 10000],
  ]);
  assertEquals(left({ ...fade, direction: "out", shape: "linear" }), [
    ...[10000, 10000, 7500, 5000, 2500, 0],
  ]);
  assertEquals(left({ ...fade, direction: "in", shape: "exponential" }), [
    ...[0, 0, 625, 2500, 5625, 10000],
  ]);
  assertEquals(left({ ...fade, direction: "out", shape: "logarithmic" }), [
    ...[10000, 10000, 8660, 7071, 5000, 0],
  ]);
});

Deno.test("applyEffect() of tone starts at phase 0 with the slider's loudness", () => {
  const tone: AudioEffect = {
    kind: "tone",
    startSample: 0,
    sampleRate: 48000,
    frequency: at(12000),
    amount: at(0.5),
    isMixed: false,
  };
  assertEquals(apply(tone, [5, 5, 5, 5, 5, 5, 5, 5]), [0, 0, 12371, 12371, 0, 0, -12371, -12371]);
  const mixed = apply({ ...tone, isMixed: true }, [5, 5, 30000, 5], 4800 * 4);
  assertEquals(mixed, [5, 5, 32767, 12376]);
});

Deno.test("applyEffect() of noise is even, differs by channel, and does not depend on the cut", () => {
  const noise: AudioEffect = { kind: "noise", amount: at(1), isMixed: true };
  const whole = apply(noise, Array(20_000).fill(0), 77);
  const tail = apply(noise, Array(10_000).fill(0), 77 + 5_000);
  assertEquals(whole.slice(10_000), tail);
  const mean = whole.reduce((sum, value) => sum + value, 0) / whole.length;
  const power = whole.reduce((sum, value) => sum + value * value, 0) / whole.length;
  assertAlmostEquals(mean / 32767, 0, 0.02);
  assertAlmostEquals(Math.sqrt(power) / 32767, 1 / Math.sqrt(3), 0.01);
  assertEquals(whole.filter((value, i) => i % 2 === 0 && value === whole[i + 1]).length < 3, true);
});

Deno.test("addSaturating() keeps every sum within 16 bits", () => {
  const mix = Int16Array.from([30000, -30000, 5, 0]);
  addSaturating(mix, Int16Array.from([10000, -10000, -7, 9]));
  assertEquals([...mix], [32767, -32768, -2, 9]);
});
