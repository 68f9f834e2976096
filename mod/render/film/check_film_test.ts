import { assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../../core/mod.ts";
import { DEFAULT_PROGRAMS } from "../../process/mod.ts";
import {
  encodePictures,
  processes,
  runFfmpeg,
  writeTone,
} from "../../../tests/support/encode_media.ts";
import { getPreset } from "../presets.ts";
import { checkFilm, type CheckFilmOptions } from "./check_film.ts";

const PLAN = {
  width: 64,
  height: 48,
  fps: { num: 25, den: 1 },
  lengthFrames: 50,
  audio: { sampleRate: 48_000, lengthSamples: 96_000 },
};

/** A film as plain ffmpeg makes it, checked as one that is `plan`. */
async function withFilm(
  made: { readonly frames: number; readonly samples: number; readonly extension: string },
  run: (check: (changes?: Partial<CheckFilmOptions>) => ReturnType<typeof checkFilm>) => Promise<
    void
  >,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const isMatroska = made.extension === ".mkv";
  const preset = getPreset(isMatroska ? "lossless" : "h264");
  const path = `${folder}/film${made.extension}`;
  try {
    const range = { startFrame: 0, endFrame: made.frames };
    await encodePictures(`${folder}/v${made.extension}`, { ...PLAN, range, preset });
    await writeTone(`${folder}/a.pcm`, made.samples);
    await runFfmpeg([
      ...["-i", `${folder}/v${made.extension}`, "-f", "s16le", "-ar", "48000", "-ac", "2"],
      ...["-i", `${folder}/a.pcm`, "-c:v", "copy", "-c:a", isMatroska ? "pcm_s16le" : "aac", path],
    ]);
    await run((changes = {}) =>
      checkFilm({
        path,
        plan: PLAN,
        preset,
        container: isMatroska ? "matroska" : "mp4",
        programs: DEFAULT_PROGRAMS,
        processes,
        ...changes,
      })
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const extension of [".mp4", ".mkv"]) {
  Deno.test(`checkFilm() accepts a right ${extension} and refuses one that is not`, () =>
    withFilm({ frames: 50, samples: 96_000, extension }, async (check) => {
      const { frameCount, durationSeconds } = await check();
      assertEquals([frameCount, durationSeconds], [50, 2]);
      const refuse = async (changes: Partial<CheckFilmOptions>, reason: string): Promise<void> => {
        const error = await assertRejects(() => check(changes), DomainError, reason);
        assertEquals(error.code, "merge_failed");
      };
      await refuse({ plan: { ...PLAN, lengthFrames: 51 } }, "it has 50 frames, must have 51");
      await refuse({ plan: { ...PLAN, fps: { num: 50, den: 1 } } }, "must ");
      await refuse({ plan: { ...PLAN, width: 66 } }, "its size is 64x48, must be 66x48");
      await refuse({ preset: getPreset("prores") }, "must be prores");
    }));
}

Deno.test("checkFilm() refuses a film whose sound is too short", () =>
  withFilm({ frames: 50, samples: 80_000, extension: ".mp4" }, async (check) => {
    await assertRejects(() => check(), DomainError, "the sound lasts");
  }));
