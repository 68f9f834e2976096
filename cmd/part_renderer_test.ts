import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSystemClock, DomainError } from "../mod/core/mod.ts";
import { DEFAULT_PROGRAMS } from "../mod/process/mod.ts";
import { getPreset } from "../mod/render/mod.ts";
import type { RenderRequest } from "../mod/worker/mod.ts";
import { encodePictures, processes } from "../tests/support/encode_media.ts";
import { createPartRenderer } from "./part_renderer.ts";

Deno.test("createPartRenderer() makes a renderer that decodes its parts before they are sent", async () => {
  const folder = await Deno.makeTempDir();
  const preset = getPreset("h264");
  const outPath = `${folder}/part${preset.partExtension}`;
  const facts = { width: 64, height: 36, fps: { num: 25, den: 1 } };
  const range = { startFrame: 50, endFrame: 60 };
  const clock = createSystemClock();
  const renderer = createPartRenderer({
    programs: DEFAULT_PROGRAMS,
    processes,
    clock,
    rendererName: "melt 7",
  });
  const request: RenderRequest = {
    plan: {
      ...facts,
      planVersion: 1,
      title: "t",
      lengthFrames: 100,
      video: { renderer: "melt", scenes: [] },
      audio: { sampleRate: 48_000, lengthSamples: 100, clips: [] },
      media: [],
      warnings: [],
    },
    range,
    preset: preset.name,
    mediaPath: () => [],
    workDir: folder,
    outPath,
    threads: 1,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  };
  try {
    await encodePictures(outPath, { ...facts, preset, range });
    await renderer.checkResult?.("video", request);
    const bytes = await Deno.readFile(outPath);
    // Behind the settings that the encoder writes, within the pictures.
    const pictures = new TextDecoder("latin1").decode(bytes).indexOf("mdat") + 900;
    bytes.fill(0xa5, pictures, pictures + 300);
    await Deno.writeFile(outPath, bytes);
    const refused = () => renderer.checkResult?.("video", request) ?? Promise.resolve();
    const error = await assertRejects(refused, DomainError);
    assert(error.message.includes(": it d"), error.message);
    assertEquals(error.code, "result_rejected");
    await assertRejects(
      () => renderer.checkResult?.("audio", request) ?? Promise.resolve(),
      DomainError,
      "must have 400",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
