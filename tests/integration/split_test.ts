/**
 * A film is the same however many parts it is made of and whoever makes them: no picture, no sample
 * and no time stamp tells where a seam is.
 */
import { assert, assertEquals } from "@std/assert";
import type { FrameRange } from "../../mod/core/mod.ts";
import { withFarm } from "../support/farm.ts";
import { readFilmFacts, soundChecksum } from "../support/film_facts.ts";
import { makeMovingProject } from "../support/make_project.ts";
import { readQuality } from "../support/picture_quality.ts";
import { decodeSound, frameHashes } from "../support/pixels.ts";
import { cutUnevenly, renderFilm } from "../support/render_film.ts";
import { planProject } from "../support/render_project.ts";
import { makeTemp } from "../support/temp.ts";

const SAMPLE_RATE = 48_000;
const DIP_DECIBELS_MAX = 1;
const PLACE_FRAMES = 2;
/** Longest silence in a sound that never pauses, samples: a period of the tone is 109. */
const SILENT_SAMPLES_MAX = 48;

Deno.test("a lossless film has the same pictures and samples in 1, 3 and 17 parts", async () => {
  await using folder = await makeTemp("split");
  const { path, frames } = await makeMovingProject(folder.path, { frames: 84 });
  const plan = await planProject({ path });
  const films: string[] = [];
  for (const count of [1, 3, 17]) {
    const cuts = cutUnevenly(frames, count);
    assertEquals(new Set(cuts.map(({ startFrame }) => startFrame)).size, count);
    const name = `${count}.mkv`;
    films.push(await renderFilm(plan, { cuts, preset: "lossless", name, folder }));
  }
  const [one = "", ...others] = films;
  const [pictures, sound] = [await frameHashes(one), await soundChecksum(one)];
  assertEquals(new Set(pictures).size, frames, "every frame is a picture of its own");
  for (const film of others) {
    assertEquals(await frameHashes(film), pictures, film);
    assertEquals(await soundChecksum(film), sound, film);
  }
});

Deno.test("an H.264 film has the same time stamps in 1, 3 and 17 parts, and no seam shows", async () => {
  await using folder = await makeTemp("seams");
  const { path, frames } = await makeMovingProject(folder.path, { frames: 84 });
  const plan = await planProject({ path });
  const whole = cutUnevenly(frames, 1);
  const lossless = await renderFilm(plan, {
    ...{ cuts: whole, preset: "lossless", name: "lossless.mkv", folder },
  });
  const make = async (
    cuts: readonly FrameRange[],
  ): Promise<{ film: string; quality: number[] }> => {
    const name = `${cuts.length}.mp4`;
    const film = await renderFilm(plan, { cuts, preset: "h264", name, folder });
    const listPath = folder.at(`${name}.psnr`);
    return { film, quality: await readQuality({ film, lossless, listPath }) };
  };
  const one = await make(whole);
  const facts = await readFilmFacts(one.film);
  assertEquals(facts.frames, frames);
  assertEquals(one.quality.length, frames);
  for (const count of [3, 17]) {
    const cuts = cutUnevenly(frames, count);
    const { film, quality } = await make(cuts);
    assertEquals(await readFilmFacts(film), facts);
    assertEquals(await soundChecksum(film), await soundChecksum(one.film));
    assertNoDips(quality, { whole: one.quality, seams: cuts.slice(1) });
  }
  assertNoGap(await decodeSound(one.film));
});

Deno.test("a farm of one and of three workers makes the same film in few and in many parts", async () => {
  await withFarm({ workers: ["one", "two", "three"] }, async (farm) => {
    const { path, frames } = await makeMovingProject(farm.root, { frames: 60 });
    const plan = await planProject({ path });
    const cuts = cutUnevenly(frames, 1);
    const { folder } = farm;
    const expected = await renderFilm(plan, { cuts, preset: "lossless", name: "one.mkv", folder });
    const pictures = await frameHashes(expected);
    const sound = await soundChecksum(expected);
    const exportFilm = async (name: string, args: readonly string[]): Promise<number> => {
      const film = farm.at(name);
      const id = await farm.submit([path, "-o", film, "-p", "lossless", ...args]);
      const { job, parts } = await farm.untilState(id, "completed");
      assertEquals(job.lengthFrames, frames);
      assertEquals(await frameHashes(film), pictures, name);
      assertEquals(await soundChecksum(film), sound, name);
      const makers = parts.flatMap(({ attempts }) => attempts).map(({ worker }) => worker);
      assert(name !== "3-many.mkv" || new Set(makers).size === 3, `made by ${makers}`);
      return parts.filter(({ kind }) => kind === "video").length;
    };
    const small = ["--min-part-seconds", "0.1", "--max-part-seconds", "0.3"];
    const many = await exportFilm("3-many.mkv", small);
    const few = await exportFilm("3-few.mkv", ["--min-part-seconds", "60"]);
    await farm.worker("two").process.stop();
    await farm.worker("three").process.stop();
    const manyOfOne = await exportFilm("1-many.mkv", small);
    const fewOfOne = await exportFilm("1-few.mkv", ["--min-part-seconds", "60"]);
    assert(many > few && manyOfOne > fewOfOne, `${[many, few, manyOfOne, fewOfOne]} parts`);
  });
});

/**
 * To a decibel, no seam is worse than the worst place of the film without seams, and all of them
 * together are as good as the same frames of that film. A place is two frames on either side: frames that others are
 * predicted from are always some decibels better than those between them.
 */
function assertNoDips(
  quality: readonly number[],
  compared: { readonly whole: readonly number[]; readonly seams: readonly FrameRange[] },
): void {
  const { whole, seams } = compared;
  const placeOf = (list: readonly number[], frame: number): number =>
    mean(list.slice(frame - PLACE_FRAMES, frame + PLACE_FRAMES));
  const places = whole.slice(2 * PLACE_FRAMES).map((_, index) =>
    placeOf(whole, index + PLACE_FRAMES)
  );
  const worst = Math.min(...places);
  const atSeams = seams.map(({ startFrame }) => placeOf(quality, startFrame));
  for (const [index, decibels] of atSeams.entries()) {
    assert(
      decibels >= worst - DIP_DECIBELS_MAX,
      `frame ${seams[index]?.startFrame}: ${decibels} dB, worst without seams ${worst} dB`,
    );
  }
  const without = mean(seams.map(({ startFrame }) => placeOf(whole, startFrame)));
  assert(
    mean(atSeams) >= without - DIP_DECIBELS_MAX,
    `seams: ${mean(atSeams)} dB, the same frames without seams ${without} dB`,
  );
}

function mean(list: readonly number[]): number {
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}

/** A tone plays all through the film, so silence anywhere but in its fades is a hole. */
function assertNoGap(samples: Float32Array): void {
  const pairs = samples.length / 2;
  let silent = 0;
  for (let index = SAMPLE_RATE; index < pairs - SAMPLE_RATE; index++) {
    const isSilent = Math.abs(samples[2 * index] ?? 0) < 0.001 &&
      Math.abs(samples[2 * index + 1] ?? 0) < 0.001;
    silent = isSilent ? silent + 1 : 0;
    assert(silent <= SILENT_SAMPLES_MAX, `silence at ${index / SAMPLE_RATE} s`);
  }
}
