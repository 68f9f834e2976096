/**
 * What goes wrong on a person's side: one clear sentence, what to do about it, a documented exit code,
 * and never a stack trace.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { DENO_DIR } from "../support/deno_dir.ts";
import { type Farm, withFarm } from "../support/farm.ts";
import { readFilmFacts } from "../support/film_facts.ts";
import { makeCountingProject } from "../support/make_project.ts";
import { type OliveOutcome, runOlive } from "../support/olive.ts";
import { findFreePort } from "../support/ports.ts";
import { skipUnless } from "../support/skip.ts";
import { CAN_MOUNT, mountSmallDisk } from "../support/small_disk.ts";
import { makeTemp } from "../support/temp.ts";

/** A master that is not there must be noticed within this time, with the start of the program. */
const NOTICED_MS_MAX = 15_000;

/** Checks what a person sees: a sentence, at most one line of advice, no trace of the program's inside. */
function assertSentence(outcome: OliveOutcome, wanted: { code: number; says: RegExp }): void {
  const { stderr } = outcome;
  assertEquals(outcome.code, wanted.code, stderr);
  assertMatch(stderr, /^olive: \S/m);
  assertMatch(stderr, wanted.says);
  assertEquals(
    /^\s+at |\.ts:\d|fault of the program|\bUncaught\b|os error/m.test(stderr),
    false,
    stderr,
  );
  const said = stderr.split("\n").filter((line) => line !== "" && !/^(Job|\[)/.test(line));
  assert(said.length <= 2, `a sentence and a hint:\n${stderr}`);
}

Deno.test("olive refuses wrong arguments with exit code 2 and says what is right", async () => {
  await using folder = await makeTemp("usage");
  const state = ["--state-dir", folder.path];
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [["submitt"], /Did you mean: olive submit/],
    [["submit"], /no project given\n.*For example: olive submit/],
    [["submit", "a.ove", "b.ove"], /one project at a time/],
    [["submit", "a.ove", "--presett", "h264"], /Did you mean --preset/],
    [["submit", "a.ove", "--preset"], /--preset/],
    [["submit", "a.ove", "--priority", "900"], /whole number, 0 to 100/],
    [["submit", "a.ove", "--max-part-seconds", "soon"], /seconds, 0\.1 to/],
    [["submit", "a.ove", "--local", "--detach"], /--detach with --local/],
    [["master", "--lease-seconds", "0", ...state], /whole number, 2 to/],
    [["master", "--listen", "nowhere:at:all", ...state], /not HOST:PORT/],
    [["master", "again", ...state], /options only/],
    [["jobs", "--limit", "0"], /whole number, 1 to/],
    [["cancel"], /no job given/],
    [["certs", "tokn", ...state], /Did you mean: olive certs token/],
  ];
  await Promise.all(wrong.map(async ([args, says]) => {
    const outcome = await runOlive(args, { env: { HOME: folder.path, DENO_DIR } });
    assertSentence(outcome, { code: 2, says });
    assertEquals(outcome.stdout, "");
  }));
});

Deno.test("olive tells a machine that is in no farm how to join one, with exit code 3", async () => {
  await using folder = await makeTemp("stranger");
  for (const command of [["submit", "a.ove"], ["status"], ["jobs"], ["cancel", "j1"], ["worker"]]) {
    const outcome = await runOlive([...command, "--state-dir", folder.path]);
    assertSentence(outcome, { code: 3, says: /olive certs join TOKEN/ });
  }
});

Deno.test("olive notices quickly that there is no master, with exit code 7", async () => {
  await using folder = await makeTemp("masterless");
  const state = ["--state-dir", folder.path];
  const port = findFreePort();
  const init = await runOlive(["certs", "init", ...state, "--url", `https://127.0.0.1:${port}`]);
  assertEquals(init.code, 0, init.stderr);
  for (const command of [["submit", "a.ove"], ["status"], ["jobs"], ["cancel", "j1"]]) {
    const outcome = await runOlive([...command, ...state], { timeoutMs: NOTICED_MS_MAX });
    assertSentence(outcome, { code: 7, says: new RegExp(`127\\.0\\.0\\.1:${port}`) });
  }
  const wrong = await runOlive(["status", ...state, "--master", "nonsense"]);
  assertSentence(wrong, { code: 3, says: /not an https URL/ });
});

Deno.test("olive worker without its renderer says which program is missing, exit code 10", async () => {
  await using folder = await makeTemp("meltless");
  const state = ["--state-dir", folder.path, "--cache-dir", folder.at("cache")];
  assertEquals((await runOlive(["certs", "init", "--state-dir", folder.path])).code, 0);
  const outcome = await runOlive(["worker", ...state, "--melt", "/nonexistent/melt"]);
  assertSentence(outcome, { code: 10, says: /\/nonexistent\/melt/ });
});

Deno.test("olive submit refuses projects that cannot be exported and names what is wrong", async () => {
  await withFarm({}, async (farm) => {
    const { path } = await makeCountingProject(farm.root);
    const refuse = async (
      args: readonly string[],
      wanted: { code?: number; says: RegExp },
    ): Promise<void> =>
      assertSentence(await farm.tryOlive(["submit", "--detach", ...args]), { code: 9, ...wanted });
    await refuse([farm.at("none.ove")], { says: /Cannot find project .*none\.ove/ });
    await refuse([path, "--preset", "best"], { code: 2, says: /"best"[^]*h264, hevc, prores/ });
    await refuse([path, "-o", farm.at("film.avi")], { says: /\.avi, must be one of \.mp4/ });
    await refuse([path, "-o", farm.at("no folder", "f.mp4")], { says: /there is no such folder/ });
    await refuse([path, "--sequence", "Other"], { says: /"Other"/ });
    await Deno.writeTextFile(farm.at("there.mp4"), "precious");
    await refuse([path, "-o", farm.at("there.mp4")], { says: /it exists[^]*--overwrite/ });
    assertEquals(await Deno.readTextFile(farm.at("there.mp4")), "precious");

    const text = await Deno.readTextFile(path);
    const variant = async (name: string, change: (text: string) => string): Promise<string> => {
      await Deno.writeTextFile(farm.at(name), change(text));
      return farm.at(name);
    };
    const cut = await variant("cut.ove", (whole) => whole.slice(0, 600));
    await refuse([cut], { says: /Cannot read project: line \d+/ });
    await refuse([await variant("empty.ove", () => "")], { says: /Cannot read project/ });
    await refuse([await variant("old.ove", (whole) => whole.replace("190219", "170000"))], {
      says: /170000/,
    });
    const line = text.split("\n").findIndex((each) => each.includes('url="tone.wav"')) + 1;
    await refuse([await variant("lost.ove", (whole) => whole.replaceAll("tone.wav", "lost.wav"))], {
      says: new RegExp(`line ${line}: lost\\.wav: [^]*relink`),
    });
    assertEquals((await (await farm.client()).listJobs()).jobs, []);
  });
});

Deno.test("olive submit leaves out an unsupported effect only when told to, and says so", async () => {
  await withFarm({ workers: ["one"] }, async (farm) => {
    const inClip = `<effect name="Blur/Box Blur" enabled="1"><row>` +
      `<field id="radius" value="10"/></row></effect>`;
    const { path, frames } = await makeCountingProject(farm.root, { inClip, frames: 20 });
    const refused = await farm.tryOlive(["submit", path]);
    assertSentence(refused, { code: 9, says: /line \d+: .*Box Blur[^]*--skip-unsupported/ });
    const made = await farm.olive(["submit", path, "--skip-unsupported"]);
    assertMatch(made.stderr, /^ {2}warning: line \d+: .*Box Blur.*without it$/m);
    assertEquals((await readFilmFacts(farm.at("film.mp4"))).frames, frames);
  });
});

Deno.test("a running master or worker keeps a second one out of its folder", async () => {
  await withFarm({ workers: ["one"] }, async (farm) => {
    const { stateDir } = farm.worker("one");
    const second = await runOlive([
      ...["worker", "--state-dir", stateDir, "--master", farm.url],
      ...["--cache-dir", farm.folder.at("other cache")],
    ]);
    assertSentence(lastWords(second), { code: 3, says: /another worker/i });
    const master = await runOlive([
      ...["master", "--state-dir", farm.stateDir, "--listen", `127.0.0.1:${farm.port}`],
      ...["--root", farm.root],
    ]);
    assertSentence(lastWords(master), { code: 1, says: new RegExp(`${farm.port}|another master`) });
  });
});

Deno.test({
  name: "a full disk under the film ends the job with a sentence and leaves no half film",
  ignore: skipUnless(CAN_MOUNT, "mounting a small disk needs root and a kernel that lets it"),
  async fn(): Promise<void> {
    await withFarm({ workers: ["one"] }, async (farm) => {
      const { path } = await makeCountingProject(farm.root);
      await Deno.mkdir(farm.at("small"));
      await using disk = await mountSmallDisk(farm.at("small"), 65_536);
      const film = farm.at("small", "film.mkv");
      const outcome = await farm.tryOlive(["submit", path, "-p", "lossless", "-o", film]);
      assertEquals([5, 11].includes(outcome.code), true, outcome.stderr);
      assertMatch(outcome.stderr, /^olive: .*(disk|space)/m);
      assertEquals(/^\s+at |\.ts:\d/m.test(outcome.stderr), false, outcome.stderr);
      assertEquals(await listNames(disk.path), []);
      await assertWorks(farm, path);
    });
  },
});

Deno.test({
  name: "a full disk under the master refuses the job with exit code 11, and it recovers",
  ignore: skipUnless(CAN_MOUNT, "mounting a small disk needs root and a kernel that lets it"),
  async fn(): Promise<void> {
    await using folder = await makeTemp("state");
    await using disk = await mountSmallDisk(folder.path, 8 * 1024 * 1024);
    await withFarm({ workers: ["one"], stateDir: disk.path }, async (farm) => {
      const { path } = await makeCountingProject(farm.root);
      await disk.fill();
      const outcome = await farm.tryOlive(["submit", path]);
      assertSentence(outcome, { code: 11, says: /disk|space/ });
      await Deno.remove(`${disk.path}/ballast`);
      await assertWorks(farm, path);
    });
  },
});

/** A process that keeps a log ends with its sentence after it. */
function lastWords(outcome: OliveOutcome): OliveOutcome {
  const lines = outcome.stderr.split("\n").filter((line) => !line.startsWith('{"ts"'));
  return { ...outcome, stderr: lines.join("\n") };
}

async function assertWorks(farm: Farm, path: string): Promise<void> {
  await farm.olive(["submit", path, "-o", farm.at("after.mp4")]);
  assertEquals((await readFilmFacts(farm.at("after.mp4"))).frames, 50);
}

async function listNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.sort();
}
