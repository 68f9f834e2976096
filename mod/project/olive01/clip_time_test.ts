import { assertEquals, assertThrows } from "@std/assert";
import { DomainError } from "../../core/mod.ts";
import {
  clipFrameAt,
  mediaLengthFrames,
  nestedFrameAt,
  nestedLengthFrames,
  placeClips,
  type PlacedClip,
  visibleRange,
} from "./clip_time.ts";
import type { Clip, Sequence } from "./model.ts";
import { parseProject } from "./parse_project.ts";

function sequenceOf(clips: string): Sequence {
  const [sequence] = parseProject(`<project><version>190219</version><sequences>
<sequence id="1" name="S" width="2" height="2" framerate="30">
${clips}</sequence></sequences></project>`).sequences;
  if (sequence === undefined) throw new Error("no sequence");
  return sequence;
}

function placeOne(clip: string): PlacedClip {
  const [placed] = placeClips(sequenceOf(clip));
  if (placed === undefined) throw new Error("no clip");
  return placed;
}

const clipOf = (attributes: string): Clip =>
  placeOne(`<clip id="1" track="-1" ${attributes}/>`).clip;
const FPS = { num: 30, den: 1 };

Deno.test("placeClips() extends both clips of a shared transition", () => {
  const [first, second] = placeClips(sequenceOf(`
<clip id="0" in="0" out="30" track="-1"><closing name="/Cross Dissolve" length="10"/></clip>
<clip id="1" in="30" out="60" track="-1" clipin="4"><opening shared="0"/></clip>`));
  assertEquals([first?.inFrame, first?.outFrame, first?.clipInFrame], [0, 40, 0]);
  assertEquals([second?.inFrame, second?.outFrame, second?.clipInFrame], [20, 60, -6]);
  assertEquals([first?.closing?.isShared, second?.opening?.isShared], [true, true]);
  assertEquals(second?.opening?.own.lengthFrames, 10);
});

Deno.test("placeClips() follows a shared closing to the opening that an earlier clip owns", () => {
  const [later, earlier] = placeClips(sequenceOf(`
<clip id="5" in="30" out="60" track="-1"><opening name="/Cross Dissolve" length="8" enabled="0"/></clip>
<clip id="6" in="0" out="30" track="-1"><closing shared="5"/></clip>`));
  assertEquals([later?.inFrame, later?.clipInFrame], [22, -8]);
  assertEquals(earlier?.outFrame, 38);
});

Deno.test("placeClips() leaves a clip with a transition of its own where it is", () => {
  const placed = placeOne(
    `<clip id="0" in="5" out="30" track="-1"><opening name="/Cross Dissolve" length="10"/></clip>`,
  );
  assertEquals([placed.inFrame, placed.outFrame, placed.opening?.isShared], [5, 30, false]);
});

Deno.test("placeClips() refuses a shared transition of no earlier clip", () => {
  const dangling = [
    `<clip id="0" in="0" out="30" track="-1"><opening shared="9"/></clip>`,
    `<clip id="0" in="0" out="30" track="-1"/><clip id="1" in="30" out="40" track="-1"><opening shared="0"/></clip>`,
    `<clip id="0" in="0" out="30" track="-1"><opening shared="1"/></clip><clip id="1" in="30" out="40" track="-1"><closing name="x"/></clip>`,
    `<clip id="0" in="0" out="30" track="-1"><opening shared="0"/></clip>`,
  ];
  for (const clips of dangling) {
    const error = assertThrows(() => placeClips(sequenceOf(clips)), DomainError);
    assertEquals([error.code, error.details["line"]], ["project_invalid", 3]);
  }
});

Deno.test("mediaLengthFrames() counts whole frames at the clip's and the footage's speed", () => {
  const length = (attributes: string, durationSeconds: number, footageSpeed = 1): number =>
    mediaLengthFrames(clipOf(`in="0" out="9" ${attributes}`), {
      durationSeconds,
      footageSpeed,
      fps: FPS,
    });
  assertEquals(length("", 4), 120);
  assertEquals(length("", 3.99), 119);
  assertEquals(length(`speed="2"`, 4), 60);
  assertEquals(length(`speed="2"`, 4, 2), 30);
  assertEquals(length("", Infinity), Infinity);
  const ntsc = { durationSeconds: 1001 / 30000 * 90, footageSpeed: 1 };
  const clip = clipOf(`in="0" out="9"`);
  assertEquals(mediaLengthFrames(clip, { ...ntsc, fps: { num: 30000, den: 1001 } }), 90);
});

Deno.test("visibleRange() ends with the source, is empty for a disabled clip", () => {
  const placed = placeOne(`<clip id="0" in="10" out="60" clipin="100" track="-1"/>`);
  assertEquals(visibleRange(placed, 120), { startFrame: 10, endFrame: 30 });
  assertEquals(visibleRange(placed, 90), { startFrame: 10, endFrame: 10 });
  assertEquals(visibleRange(placed, Infinity), { startFrame: 10, endFrame: 60 });
  const disabled = placeOne(`<clip id="0" in="10" out="60" track="-1" enabled="0"/>`);
  assertEquals(visibleRange(disabled, Infinity), { startFrame: 10, endFrame: 10 });
});

Deno.test("clipFrameAt() starts at clipin", () => {
  const placed = placeOne(`<clip id="0" in="10" out="60" clipin="7" track="-1"/>`);
  assertEquals([5, 10, 12].map((playhead) => clipFrameAt(placed, playhead)), [7, 7, 9]);
});

Deno.test("nestedFrameAt() rounds half away from zero and ignores speed", () => {
  const placed = placeOne(`<clip id="0" in="10" out="60" clipin="5" speed="3" track="-1"/>`);
  const inner = { num: 25, den: 1 };
  const shown = [10, 11, 12, 13].map((playhead) =>
    nestedFrameAt(placed, { playhead, inner, outer: FPS })
  );
  // (5, 6, 7, 8) * 25 / 30 = 4.17, 5, 5.83, 6.67.
  assertEquals(shown, [4, 5, 6, 7]);
  const half = { playhead: 11, inner: { num: 15, den: 1 }, outer: FPS };
  assertEquals(nestedFrameAt(placed, { ...half, playhead: 10 }), 3);
  assertEquals(
    nestedLengthFrames(placed.clip, { innerLengthFrames: 100, inner, outer: FPS }),
    40,
  );
});
