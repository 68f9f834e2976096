import { assertEquals } from "@std/assert";
import type { MediaSource } from "../../core/mod.ts";
import { lastAtOrBefore } from "./conform_media.ts";
import {
  constantRateFrame,
  innerFrame,
  mapFrames,
  sourceSeconds,
  stillsFrame,
} from "./source_frames.ts";

const SOURCE: MediaSource = {
  kind: "media",
  mediaId: "m1",
  streamIndex: 0,
  pixFmt: "yuv420p",
  matrix: "601",
  isFullRange: false,
  rate: { num: 25, den: 1 },
  isConstantRate: true,
  isRateCertain: true,
  timeBase: { num: 1, den: 12800 },
  startPts: 0,
  frameCount: 100,
  time: { inFrame: 10, clipInFrame: 0, speed: 1 },
};
const FPS = { num: 30, den: 1 };

function shown(source: MediaSource, frames: readonly number[], fps = FPS): number[] {
  return frames.map((frame) => constantRateFrame(source, { frame, fps }));
}

Deno.test("constantRateFrame() takes the last frame that is not after the moment", () => {
  assertEquals(shown(SOURCE, [10, 11, 12, 16, 17, 130]), [0, 0, 1, 5, 5, 99]);
  // 24000/1001 in a clock of milliseconds: frame 12 is at 500.5, which is 501.
  const coarse = {
    ...SOURCE,
    rate: { num: 24000, den: 1001 },
    timeBase: { num: 1, den: 1000 },
    time: { ...SOURCE.time, inFrame: 0 },
  };
  const same = mapFrames({ startFrame: 0, endFrame: 100 }, (frame) => frame);
  assertEquals(shown(coarse, same, coarse.rate), same);
});

Deno.test("constantRateFrame() does not subtract the start of the stream", () => {
  const late = { ...SOURCE, startPts: 12800 };
  assertEquals(shown(late, [10, 39, 40, 46]), [0, 0, 0, 5]);
});

Deno.test("sourceSeconds() counts backwards from the end, and before the start of a clip not at all", () => {
  const time = { inFrame: 10, clipInFrame: 5, speed: 2, reversedFromFrame: 60 };
  const at = (frame: number): number => sourceSeconds(time, { frame, fps: FPS });
  assertEquals([at(10), at(13), at(2)], [54 / 30 * 2, 51 / 30 * 2, 54 / 30 * 2]);
});

Deno.test("stillsFrame() stays within the pictures that there are", () => {
  const stills = { rate: { num: 25, den: 1 }, frameCount: 3, time: SOURCE.time };
  const frames = [0, 10, 12, 13, 14, 99].map((frame) => stillsFrame(stills, { frame, fps: FPS }));
  assertEquals(frames, [0, 0, 1, 2, 2, 2]);
});

Deno.test("innerFrame() rounds half away from zero", () => {
  const source = { kind: "scene", sceneIndex: 1, inFrame: 10, clipInFrame: 0 } as const;
  const inner = { num: 15, den: 1 };
  const frames = [10, 11, 12, 13, 9, 7].map((frame) =>
    innerFrame(source, { frame, fps: FPS, inner })
  );
  assertEquals(frames, [0, 1, 1, 2, -1, -2]);
});

Deno.test("lastAtOrBefore() takes the first where all come later", () => {
  const pts = [5, 9, 9, 20];
  assertEquals([0, 5, 8, 9, 19, 99].map((target) => lastAtOrBefore(pts, target)), [
    0,
    0,
    0,
    2,
    2,
    3,
  ]);
});
