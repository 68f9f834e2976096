/**
 * File names are data: whatever a file system takes exports, and what lies outside the allowed folders
 * stays outside, however it is written.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { type Farm, withFarm } from "../support/farm.ts";
import { assertDecodes, readFilmFacts } from "../support/film_facts.ts";
import { makeCountingProject } from "../support/make_project.ts";
import { readFrameNumber } from "../support/media.ts";
import { decodePictures } from "../support/pixels.ts";

const FRAMES = 12;

/** What each name is hard for: shells, URLs of FFmpeg, printf, options, XML, encodings. */
const NAMES = [
  `it's "quoted"; \`id\` $(id) \${HOME} & a | b * `,
  "100% %d %s %04d",
  "-y --output=x",
  "file:concat:a|b?c#d",
  "Кириллица ёж \u{1F3AC}\u{1F46A}\u{1F3FD}",
  "new\nline\ttab [brackets] {braces} =,:\\ <&>",
];

async function exportNamed(farm: Farm, name: string): Promise<void> {
  const folder = farm.at(name);
  await Deno.mkdir(folder);
  const project = await makeCountingProject(folder, {
    name,
    frames: FRAMES,
    // A number pattern in a name of media is a sequence of pictures to the editor, as it is to us.
    pictures: `${name.replaceAll("%", "percent ")}.mp4`,
    sound: `${name.replaceAll("%", "percent ")} sound.wav`,
  });
  const film = join(folder, `${name} film.mp4`);
  const outcome = await farm.olive(["submit", "-o", film, "--project", project.path]);
  assertEquals(outcome.stdout, `${film}\n`);
  await assertDecodes(film);
  assertEquals((await readFilmFacts(film)).frames, FRAMES);
  const numbers = (await decodePictures(film)).map(readFrameNumber);
  assertEquals(numbers, numbers.map((_, index) => index));
}

Deno.test("projects, media, folders and films of any name export", async () => {
  await withFarm({ workers: ["one", "two"] }, async (farm) => {
    await Promise.all(NAMES.map((name) => exportNamed(farm, name)));
  });
});

Deno.test("olive submit finds a project whose name begins with a dash beside it", async () => {
  await withFarm({ workers: ["one"] }, async (farm) => {
    await makeCountingProject(farm.root, { name: "-rf", frames: FRAMES });
    await farm.olive(["submit", "--", "-rf.ove"], { cwd: farm.root });
    assertEquals((await readFilmFacts(farm.at("-rf.mp4"))).frames, FRAMES);
    const unclear = await farm.tryOlive(["submit", "-rf.ove"], { cwd: farm.root });
    assertEquals(unclear.code, 2);
  });
});

Deno.test("projects, media and films outside of the allowed folders are refused", async () => {
  await withFarm({}, async (farm) => {
    const outside = farm.folder.at("outside");
    await Deno.mkdir(outside);
    const inside = await makeCountingProject(farm.root, { frames: FRAMES });
    const elsewhere = await makeCountingProject(outside, { frames: FRAMES });
    const refuse = async (args: readonly string[], subject: string): Promise<void> => {
      const outcome = await farm.tryOlive(["submit", "--detach", ...args]);
      assertEquals(outcome.code, 9, outcome.stderr);
      assertMatch(outcome.stderr, /^olive: Cannot .*outside of/, subject);
      assert(outcome.stderr.includes(subject), `${outcome.stderr} names ${subject}`);
    };
    await refuse([elsewhere.path], elsewhere.path);
    await refuse([farm.at("..", "outside", "film.ove")], elsewhere.path);
    await Deno.symlink(elsewhere.path, farm.at("link.ove"));
    await refuse([farm.at("link.ove")], "link.ove");
    await Deno.symlink(outside, farm.at("way out"));
    await refuse([farm.at("way out", "film.ove")], "way out");
    await refuse([inside.path, "-o", join(outside, "film.mp4")], outside);
    await refuse([inside.path, "-o", farm.at("way out", "film.mp4")], "way out");

    await Deno.remove(farm.at("tone.wav"));
    await Deno.symlink(join(outside, "tone.wav"), farm.at("tone.wav"));
    await refuse([inside.path], "tone.wav");
    const { jobs } = await (await farm.client()).listJobs();
    assertEquals(jobs, []);
    assertEquals(await listNames(outside), ["film.ove", "pictures.mp4", "tone.wav"]);
  });
});

async function listNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.sort();
}
