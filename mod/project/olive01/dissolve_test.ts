import { assertAlmostEquals, assertEquals } from "@std/assert";
import { placeClips } from "./clip_time.ts";
import { dissolveOpacity, pictureTransition } from "./dissolve.ts";
import { parseProject } from "./parse_project.ts";

function opacities(clips: string, at: { index: number; frames: readonly number[] }): number[] {
  const [sequence] = parseProject(`<project><version>190219</version><sequences>
<sequence id="1" width="2" height="2" framerate="30">${clips}</sequence></sequences></project>`)
    .sequences;
  const placed = sequence === undefined ? undefined : placeClips(sequence)[at.index];
  if (placed === undefined) throw new Error("no clip");
  return at.frames.map((frame) => Number(dissolveOpacity(placed, frame).toFixed(9)));
}

const OWN = `name="/Cross Dissolve" length="10"`;

Deno.test("dissolveOpacity() opens from nothing and closes to one step above it", () => {
  const clip = `<clip id="0" in="10" out="40" track="-1"><opening ${OWN}/><closing ${OWN}/></clip>`;
  const frames = [10, 11, 19, 20, 29, 30, 31, 39];
  assertEquals(opacities(clip, { index: 0, frames }), [0, 0.1, 0.9, 1, 1, 1, 0.9, 0.1]);
});

Deno.test("dissolveOpacity() multiplies an opening and a closing that overlap", () => {
  const clip = `<clip id="0" in="0" out="10" track="-1"><opening ${OWN}/><closing ${OWN}/></clip>`;
  assertAlmostEquals(opacities(clip, { index: 0, frames: [4] })[0] ?? 0, 0.4 * 0.6, 1e-9);
});

Deno.test("dissolveOpacity() fades in only the later clip of a shared one, over twice the length", () => {
  const clips = `<clip id="0" in="0" out="30" track="-1"><closing ${OWN}/></clip>
<clip id="1" in="30" out="60" track="-1"><opening shared="0"/></clip>`;
  assertEquals(opacities(clips, { index: 0, frames: [19, 25, 39] }), [1, 1, 1]);
  assertEquals(opacities(clips, { index: 1, frames: [20, 25, 39, 40] }), [0, 0.25, 0.95, 1]);
});

Deno.test("dissolveOpacity() ignores a disabled one, one without length and fades of sound", () => {
  const bare = `in="0" out="20" track="-1"`;
  for (
    const opening of [
      `<opening ${OWN} enabled="0"/>`,
      `<opening name="/Cross Dissolve" length="0"/>`,
      `<opening name="/Linear Fade" length="10"/>`,
    ]
  ) {
    const clip = `<clip id="0" ${bare}>${opening}</clip>`;
    assertEquals(opacities(clip, { index: 0, frames: [0, 5] }), [1, 1]);
  }
});

Deno.test("pictureTransition() knows dissolves, fades of sound, and what it does not know", () => {
  assertEquals(pictureTransition("/Cross Dissolve"), "dissolve");
  assertEquals(pictureTransition("Cross Dissolve"), "dissolve");
  assertEquals(pictureTransition("/Exponential Fade"), "nothing");
  assertEquals(pictureTransition("/Cube"), "unknown");
});
