import { assert, assertEquals } from "@std/assert";
import { EXIT } from "../../cmd/exit_codes.ts";
import { withFarm } from "../support/farm.ts";
import { readFilmFacts } from "../support/film_facts.ts";
import { makeCountingProject } from "../support/make_project.ts";

Deno.test("olive submit --folder exports each project whole on one worker, and exits with the worst outcome", async () => {
  // 1. two workers, four projects of a folder, one of them broken; 2. submit and follow all;
  // 3. three films, each frame once; a project's pictures are one part while there are enough of them.
  await withFarm({ workers: ["one", "two"] }, async (farm) => {
    await Deno.mkdir(farm.at("series"));
    const lengths: Readonly<Record<string, number>> = { a: 40, b: 60, c: 50 };
    for (const [name, frames] of Object.entries(lengths)) {
      const media = { pictures: `${name}.mkv`, sound: `${name}.wav` };
      await makeCountingProject(farm.at("series"), { name, frames, ...media });
    }
    await Deno.writeTextFile(farm.at("series", "broken.ove"), "<project>");
    const { code, stdout, stderr } = await farm.tryOlive(["submit", "--folder", farm.at("series")]);
    assertEquals(code, EXIT.projectRefused, stderr);
    const films = Object.keys(lengths).map((name) => farm.at("series", `${name}.mp4`));
    assertEquals(stdout.trim().split("\n").toSorted(), films);
    const client = await farm.client();
    let whole = 0;
    for (const { id, name } of (await client.listJobs()).jobs) {
      const { frames } = await readFilmFacts(farm.at("series", `${name}.mp4`));
      assertEquals(frames, lengths[name]);
      const { parts } = await client.getJob(id);
      if (parts.filter(({ kind }) => kind === "video").length === 1) whole++;
    }
    assert(whole >= 2, `${whole} of 3 projects were rendered whole`);
  });
});
