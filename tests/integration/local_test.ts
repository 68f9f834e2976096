/**
 * `olive submit --local` on a machine that knows nothing of farms: a film, and nothing else.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { DENO_DIR } from "../support/deno_dir.ts";
import { assertDecodes, readFilmFacts } from "../support/film_facts.ts";
import { listRenders, untilGone } from "../support/frozen_render.ts";
import { makeCountingProject } from "../support/make_project.ts";
import { readFrameNumber } from "../support/media.ts";
import { OliveProcess, runOlive } from "../support/olive.ts";
import { decodePictures } from "../support/pixels.ts";
import { listDescendants } from "../support/process_tree.ts";
import { makeTemp, type TempFolder } from "../support/temp.ts";
import { until } from "../../mod/testing/mod.ts";

const EXPORT_MS_MAX = 120_000;

/** A home of nothing, and a place for temporary files that nobody else uses. */
async function makeMachine(folder: TempFolder): Promise<Record<string, string>> {
  await Promise.all(["home", "tmp", "project"].map((name) => Deno.mkdir(folder.at(name))));
  return {
    HOME: folder.at("home"),
    TMPDIR: folder.at("tmp"),
    // Deno's own cache is no business of the program's.
    DENO_DIR,
    XDG_STATE_HOME: "",
    XDG_CACHE_HOME: "",
    XDG_CONFIG_HOME: "",
  };
}

Deno.test("olive submit --local needs no farm and leaves nothing but the film", async () => {
  await using folder = await makeTemp("local");
  const env = await makeMachine(folder);
  const { path, frames } = await makeCountingProject(folder.at("project"));
  const outcome = await runOlive(["submit", "--local", "film.ove"], {
    env,
    cwd: folder.at("project"),
    timeoutMs: EXPORT_MS_MAX,
  });
  assertEquals(outcome.code, 0, outcome.stderr);
  const film = path.replace(".ove", ".mp4");
  assertEquals(outcome.stdout, `${film}\n`);
  await assertDecodes(film);
  assertEquals((await readFilmFacts(film)).frames, frames);
  const numbers = (await decodePictures(film)).map(readFrameNumber);
  assertEquals(numbers, numbers.map((_, index) => index));
  assertEquals(await listTree(folder.path), [
    ...["home/", "project/", "project/film.mp4", "project/film.ove"],
    ...["project/pictures.mp4", "project/tone.wav", "tmp/"],
  ]);
});

Deno.test("olive submit --local that is stopped takes its renders with it and tidies up", async () => {
  await using folder = await makeTemp("local-stopped");
  const env = await makeMachine(folder);
  const { path } = await makeCountingProject(folder.at("project"), { frames: 250 });
  await using olive = new OliveProcess(["submit", "--local", path], { env });
  await until(async () => (await listRenders(olive.pid)).length > 0, {
    what: "a render",
    timeoutMs: EXPORT_MS_MAX,
    dump: () => olive.dump(),
  });
  const family = (await listDescendants(olive.pid)).map(({ pid }) => pid);
  const outcome = await olive.stop("SIGINT", { timeoutMs: EXPORT_MS_MAX });
  assertEquals(outcome.code, 130, outcome.stderr);
  assertMatch(outcome.stderr, /^Job j\S+ was stopped: /m);
  await untilGone(family);
  assertEquals((await listTree(folder.path)).filter((name) => name.startsWith("tmp/")), ["tmp/"]);
  assertEquals((await listTree(folder.at("project"))).includes("film.mp4"), false);
});

Deno.test("olive submit --local that cannot begin says why and leaves nothing", async () => {
  await using folder = await makeTemp("local-broken");
  const env = await makeMachine(folder);
  const missing = await runOlive(["submit", "--local", folder.at("none.ove")], { env });
  assertEquals(missing.code, 9, missing.stderr);
  assertMatch(missing.stderr, /^olive: Cannot find project .*none\.ove/);
  const meltless = await runOlive(["submit", "--local", folder.at("none.ove")], {
    env: { ...env, OLIVE_MELT: "/nonexistent/melt" },
  });
  assertEquals(meltless.code, 10, meltless.stderr);
  assertMatch(meltless.stderr, /\/nonexistent\/melt/);
  assertEquals(await listTree(folder.path), ["home/", "project/", "tmp/"]);
});

/** Everything in a folder, sorted, folders with a slash at the end. */
async function listTree(folder: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${prefix}`)) {
    names.push(prefix + name + (isDirectory ? "/" : ""));
    if (isDirectory) names.push(...await listTree(folder, `${prefix}${name}/`));
  }
  return names.sort();
}
