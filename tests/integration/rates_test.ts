/**
 * Frame rates that are no whole numbers, and those that are: every frame once, at its place and at its
 * time, in both containers.
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Farm, withFarm } from "../support/farm.ts";
import { assertDecodes, readFilmFacts } from "../support/film_facts.ts";
import { makeCountingProject } from "../support/make_project.ts";
import { readFrameNumber } from "../support/media.ts";
import { decodePictures, decodeSound } from "../support/pixels.ts";

const RATES = ["30000/1001", "24000/1001", "25/1", "50/1", "60/1"] as const;
const FRAMES = 67;
const SAMPLE_RATE = 48_000;
/** AAC ends with a whole packet; what is beyond the film is cut off by the player. */
const AAC_PACKET_SAMPLES = 1_024;

/** Exports one project to both containers at once. */
async function exportBoth(farm: Farm, rate: string): Promise<readonly string[]> {
  const folder = farm.at(rate.replace("/", "_"));
  await Deno.mkdir(folder);
  const { path } = await makeCountingProject(folder, { fps: rate, frames: FRAMES });
  const films = ["film.mp4", "film.mov"].map((name) => `${folder}/${name}`);
  const jobs = await Promise.all(
    films.map((film) =>
      farm.submit([path, "-o", film, "--max-part-seconds", "0.5", "--min-part-seconds", "0.1"])
    ),
  );
  for (const job of jobs) await farm.untilState(job, "completed");
  return films;
}

async function assertExact(film: string, rate: string): Promise<void> {
  const [num = 0, den = 1] = rate.split("/").map(Number);
  await assertDecodes(film);
  const facts = await readFilmFacts(film);
  assertEquals(facts.frames, FRAMES, film);
  assertEquals(facts.fps, rate, film);
  assertEquals(facts.isDecodingOrdered, true, film);
  // Exact: ticks are whole numbers, and a frame is a whole number of them.
  const [tickNum, tickDen] = facts.timeBase;
  const frameTicks = den * tickDen / (num * tickNum);
  assertEquals(Number.isInteger(frameTicks), true, `${film}: ${frameTicks} ticks a frame`);
  assertEquals(facts.stamps, facts.stamps.map((_, index) => index * frameTicks), film);
  assertAlmostEquals(facts.videoSeconds, FRAMES * den / num, 1e-9, film);
  const shown = (await decodePictures(film)).map(readFrameNumber);
  assertEquals(shown, shown.map((_, index) => index), film);
  const samples = (await decodeSound(film)).length / 2;
  const wanted = FRAMES * den / num * SAMPLE_RATE;
  assertAlmostEquals(samples, wanted, AAC_PACKET_SAMPLES, film);
}

Deno.test("films of 29.97, 23.976, 25, 50 and 60 fps are exact in mp4 and mov", async (t) => {
  await withFarm({ workers: ["one", "two"] }, async (farm) => {
    for (const rate of RATES) {
      const isGood = await t.step(rate, async () => {
        for (const film of await exportBoth(farm, rate)) await assertExact(film, rate);
      });
      if (!isGood) throw new Error(`${rate}: see above`);
    }
  });
});
