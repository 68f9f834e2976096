import { assert, assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { createSystemRunner, DEFAULT_PROGRAMS } from "../process/mod.ts";
import { probeMedia } from "./probe.ts";

const deps = {
  processes: createSystemRunner({ env: (name) => Deno.env.get(name) }),
  programs: DEFAULT_PROGRAMS,
};
const FIXTURES = new URL("../../tests/fixtures/olive01/", import.meta.url).pathname;

Deno.test("probeMedia() reads picture and sound streams", async () => {
  const probe = await probeMedia(`${FIXTURES}a.mov`, deps);
  assertEquals([probe.isStill, probe.durationSeconds], [false, 4]);
  const [picture, sound] = probe.streams;
  assert(picture?.kind === "video" && sound?.kind === "audio");
  assertEquals([picture.index, picture.codec, picture.width, picture.height, picture.nbFrames], [
    0,
    "h264",
    320,
    180,
    120,
  ]);
  assertEquals(picture.avgFrameRate, { num: 30, den: 1 });
  assertEquals(picture.timeBase, { num: 1, den: 15360 });
  assertEquals([sound.index, sound.sampleRate, sound.channels, sound.startPts], [1, 48000, 2, 0]);
});

Deno.test("probeMedia() tells stills, rotation and colours", async () => {
  const still = await probeMedia(`${FIXTURES}half.png`, deps);
  assertEquals([still.isStill, still.durationSeconds], [true, undefined]);
  const [rotated] = (await probeMedia(`${FIXTURES}c_rot.mp4`, deps)).streams;
  assert(rotated?.kind === "video");
  assertEquals([rotated.rotation, rotated.colorSpace], [90, "unknown"]);
  const [full] = (await probeMedia(`${FIXTURES}c_full.mp4`, deps)).streams;
  assert(full?.kind === "video");
  assertEquals(full.colorRange, "full");
});

Deno.test("probeMedia() takes no file name for anything else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const names = ["concat:x", "-x.mov", "http:", "a 'b\"; %d Ёж🦔.mov", "pipe:0", "%03d.mov"];
    for (const name of names) {
      await Deno.copyFile(`${FIXTURES}n.mp4`, `${folder}/${name}`);
      assertEquals((await probeMedia(`${folder}/${name}`, deps)).streams.length, 1, name);
    }
    await Deno.copyFile(`${FIXTURES}half.png`, `${folder}/50%03d.png`);
    assertEquals((await probeMedia(`${folder}/50%03d.png`, deps)).isStill, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("probeMedia() refuses what is missing, a folder, no media, or a playlist of other files", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/text.mp4`, "not a film");
    const list = `#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts\n#EXT-X-ENDLIST\n`;
    await Deno.writeTextFile(`${folder}/list.m3u8`, list);
    for (const path of [`${folder}/none.mp4`, folder, `${folder}/text.mp4`]) {
      const error = await assertRejects(() => probeMedia(path, deps), DomainError);
      assertEquals(error.code, "media_missing", path);
    }
    await assertRejects(() => probeMedia(`${folder}/list.m3u8`, deps), DomainError);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
