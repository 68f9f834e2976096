import { DEFAULT_PROGRAMS } from "../../../mod/process/mod.ts";
import { getPreset, verifyVideoPart } from "../../../mod/render/mod.ts";
import { processes } from "../../support/encode_media.ts";
import { makeReadyParts, READY_PRESET, readyPartPath } from "./ready_parts.ts";

Deno.test("makeReadyParts() makes parts of every length that a master accepts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const facts = { width: 64, height: 36, fps: 240 };
    await makeReadyParts({ ...facts, folder, framesMax: 4 });
    for (const frames of [1, 2, 3, 4]) {
      await verifyVideoPart({
        ...facts,
        fps: { num: facts.fps, den: 1 },
        path: readyPartPath(folder, frames),
        range: { startFrame: 0, endFrame: frames },
        preset: getPreset(READY_PRESET),
        decodes: frames === 3,
        programs: DEFAULT_PROGRAMS,
        processes,
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
