import { assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../../core/mod.ts";
import { DEFAULT_PROGRAMS } from "../../process/mod.ts";
import { encodePictures, processes } from "../../../tests/support/encode_media.ts";
import { getPreset, type PresetName } from "../presets.ts";
import { verifyAudioPart, verifyVideoPart, type VerifyVideoPartOptions } from "./verify_part.ts";

const PART = {
  width: 64,
  height: 48,
  fps: { num: 30000, den: 1001 },
  range: { startFrame: 100, endFrame: 125 },
};

async function withPart(
  presetName: PresetName,
  run: (options: VerifyVideoPartOptions) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const preset = getPreset(presetName);
  const path = `${folder}/-a 'b\"; %d Ёж🦔${preset.partExtension}`;
  try {
    await encodePictures(path, { ...PART, preset });
    await run({ ...PART, path, preset, decodes: true, programs: DEFAULT_PROGRAMS, processes });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function reasonOf(options: VerifyVideoPartOptions): Promise<string> {
  const error = await assertRejects(() => verifyVideoPart(options), DomainError);
  assertEquals(error.code, "result_rejected");
  return error.message.slice(error.message.lastIndexOf(options.path) + options.path.length);
}

for (const name of ["h264", "hevc", "prores", "lossless"] as const) {
  Deno.test(`verifyVideoPart() accepts a ${name} part`, () =>
    withPart(name, async (options) => {
      const { frameCount, sizeBytes } = await verifyVideoPart(options);
      assertEquals([frameCount, sizeBytes], [25, (await Deno.stat(options.path)).size]);
    }));
}

Deno.test("verifyVideoPart() refuses another length, size, rate or codec without any program", () =>
  withPart("h264", async (options) => {
    const cheap = { ...options, decodes: false, programs: { ffmpeg: "none", ffprobe: "none" } };
    assertEquals((await verifyVideoPart(cheap)).frameCount, 25);
    assertEquals(
      await reasonOf({ ...cheap, range: { startFrame: 0, endFrame: 24 } }),
      ": it has 25 frames, must have 24",
    );
    assertEquals(
      await reasonOf({ ...cheap, width: 66 }),
      ": its size is 64x48, must be 66x48",
    );
    assertEquals(
      await reasonOf({ ...cheap, fps: { num: 30, den: 1 } }),
      ": frame 0 lasts 1001 ticks, must last 1000",
    );
    assertEquals(
      await reasonOf({ ...cheap, preset: getPreset("hevc") }),
      ': it is coded as "avc1", must be hvc1',
    );
  }));

Deno.test("verifyVideoPart() refuses the right codec with other colours", () =>
  withPart("lossless", async (options) => {
    const { preset } = options;
    const wanted = { ...preset, picture: { ...preset.picture, pixelFormat: "gbrp" } };
    assertEquals(
      await reasonOf({ ...options, preset: wanted }),
      ": its pixel format is bgr0, must be gbrp",
    );
  }));

Deno.test("verifyVideoPart() refuses a part that is cut, empty, or no film at all", () =>
  withPart("h264", async (options) => {
    const bytes = await Deno.readFile(options.path);
    for (const kept of [0, 4, 40, 1000, bytes.length - 1]) {
      await Deno.writeFile(options.path, bytes.subarray(0, kept));
      await reasonOf({ ...options, decodes: false });
    }
    await Deno.writeFile(options.path, crypto.getRandomValues(new Uint8Array(5000)));
    await reasonOf({ ...options, decodes: false });
  }));

for (const name of ["h264", "lossless"] as const) {
  Deno.test(`verifyVideoPart() refuses a ${name} part whose frames are damaged`, () =>
    withPart(name, async (options) => {
      const bytes = await Deno.readFile(options.path);
      bytes.fill(0xa5, 2000, 2600);
      await Deno.writeFile(options.path, bytes);
      assertEquals((await reasonOf(options)).startsWith(": it d"), true);
    }));
}

Deno.test("verifyAudioPart() wants every sample, no more and no less", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, new Uint8Array(4000));
    assertEquals((await verifyAudioPart({ path, plan: { lengthSamples: 1000 } })).sizeBytes, 4000);
    for (const lengthSamples of [999, 1001]) {
      const error = await assertRejects(
        () => verifyAudioPart({ path, plan: { lengthSamples } }),
        DomainError,
        `must have ${lengthSamples * 4}`,
      );
      assertEquals(error.code, "result_rejected");
    }
  } finally {
    await Deno.remove(path);
  }
});
