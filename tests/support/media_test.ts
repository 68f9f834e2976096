import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { LOSSLESS_CODEC, makeCountingFilm, makeTone, readFrameNumber } from "./media.ts";
import {
  comparePictures,
  decodePicture,
  decodePictures,
  decodeSound,
  frameHashes,
  type Picture,
} from "./pixels.ts";
import { makeTemp } from "./temp.ts";

function grey(levels: readonly number[]): Picture {
  const rgb = new Uint8Array(levels.flatMap((level) => [level, level, level]));
  return { width: levels.length, height: 1, rgb };
}

Deno.test("makeCountingFilm() makes frames that show their own number", async () => {
  await using temp = await makeTemp("media");
  const film = temp.at("a 'film'; %d.mp4");
  await makeCountingFilm(film, { frames: 20, fps: "30000/1001", hasSound: true });
  const pictures = await decodePictures(film);
  assertEquals(pictures.map(readFrameNumber), Array.from({ length: 20 }, (_, index) => index));
  assertEquals((await decodePictures(film, { frames: [3, 17] })).map(readFrameNumber), [3, 17]);
  await assertRejects(() => decodePicture(film, 20), Error, "decoded 0 pictures");
});

Deno.test("frameHashes() are equal for equal pictures in different containers only", async () => {
  await using temp = await makeTemp("media");
  const [first, second, other] = [temp.at("a.mkv"), temp.at("b.avi"), temp.at("c.mkv")];
  await makeCountingFilm(first, { frames: 3, codec: LOSSLESS_CODEC });
  await makeCountingFilm(second, { frames: 3, codec: LOSSLESS_CODEC });
  await makeCountingFilm(other, { frames: 3, codec: [...LOSSLESS_CODEC, "-vf", "negate"] });
  const hashes = await frameHashes(first);
  assertEquals(new Set(hashes).size, 3);
  assertEquals(await frameHashes(second), hashes);
  assert((await frameHashes(other)).every((hash) => !hashes.includes(hash)));
});

Deno.test("makeTone() makes as many samples as asked, and they swing", async () => {
  await using temp = await makeTemp("media");
  await makeTone(temp.at("tone.wav"), { seconds: 0.5, hertz: 100 });
  const samples = await decodeSound(temp.at("tone.wav"), { channels: 1 });
  assertEquals(samples.length, 24_000);
  let crossings = 0;
  for (let index = 1; index < samples.length; index++) {
    if ((samples[index - 1] ?? 0) < 0 && (samples[index] ?? 0) >= 0) crossings++;
  }
  assertAlmostEquals(crossings, 50, 1);
});

Deno.test("comparePictures() tells mean, percentile, maximum and place", () => {
  const levels = Array.from({ length: 100 }, () => 10);
  const changed = levels.with(7, 60).with(8, 13);
  const { mean, p99, max, at } = comparePictures(grey(changed), grey(levels));
  assertAlmostEquals(mean, 0.53);
  assertEquals([p99, max, at], [3, 50, { x: 7, y: 0 }]);
  assertEquals(comparePictures(grey(levels), grey(levels)).max, 0);
  assertThrows(() => comparePictures(grey([1]), grey([1, 2])), RangeError, "Cannot compare 1x1");
});
