import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createSystemClock } from "../mod/core/mod.ts";
import { openDatabase } from "../mod/db/mod.ts";
import { createJobFolders } from "../mod/master/mod.ts";
import { listJobs } from "../mod/store/mod.ts";
import type { TestFarm } from "../mod/testing/mod.ts";
import { runCommand, withCommandFarm } from "../tests/support/command_farm.ts";
import { makeTemp } from "../tests/support/temp.ts";
import { EXIT } from "./exit_codes.ts";

/** `old` has ended, `live` has not. */
async function history(test: TestFarm): Promise<void> {
  await test.submit("old");
  await test.farm.cancelJob({ jobId: "old", by: "anna" });
  await test.submit("live");
}

async function jobIds(path: string): Promise<string[]> {
  const db = await openDatabase({ location: path, clock: createSystemClock() });
  try {
    return (await db.read((tx) => listJobs(tx, 10))).map((job) => job.id).toSorted();
  } finally {
    await db.close();
  }
}

Deno.test("olive db backup copies the database of a master that runs", async () => {
  await withCommandFarm({ history }, async ({ folder, stateDir }) => {
    const { code, stdout } = await runCommand(
      ["db", "backup", "copy of it.db", "--state-dir", stateDir],
      { cwd: folder },
    );
    const path = join(folder, "copy of it.db");
    assertEquals([code, stdout], [EXIT.ok, `${path}\n`]);
    assertEquals(await jobIds(path), ["live", "old"]);
  });
});

Deno.test("olive db check finds nothing in a sound database, and damage in a damaged one", async () => {
  await using temp = await makeTemp("db");
  const path = temp.at("olive.db");
  const argv = ["db", "check", "--state-dir", temp.path, "--json"];
  const none = await runCommand(argv);
  assertEquals([none.code, none.stdout], [EXIT.config, ""]);
  const db = await openDatabase({ location: path, clock: createSystemClock() });
  await db.checkpoint();
  await db.close();
  const sound = await runCommand(argv);
  assertEquals([sound.code, JSON.parse(sound.stdout).isSound], [EXIT.ok, true]);
  const file = await Deno.open(path, { write: true });
  await file.truncate(8192);
  file.close();
  const damaged = await runCommand(argv);
  assertEquals(damaged.code, EXIT.failed);
  assert(JSON.parse(damaged.stdout).problems.length > 0);
  assertStringIncludes(damaged.stderr, "backup");
});

Deno.test("olive db prune forgets jobs that ended, with their folders, and no others", async () => {
  await withCommandFarm({ history }, async ({ stateDir }) => {
    const folderOf = (name: string): string => join(stateDir, "jobs", name);
    for (const name of ["old", "live"]) {
      await Deno.mkdir(folderOf(name), { recursive: true });
      await Deno.writeTextFile(join(folderOf(name), "plan.json"), "{}");
    }
    const prune = (days: string): Promise<{ code: number; stdout: string }> =>
      runCommand(["db", "prune", "--keep-days", days, "--state-dir", stateDir, "--json"]);
    const [first, second] = [await prune("36000"), await prune("0")];
    assertEquals(JSON.parse(first.stdout), { jobs: 0, events: 0, orphanFolders: 0 });
    assertEquals(JSON.parse(second.stdout), { jobs: 1, events: 0, orphanFolders: 0 });
    assertEquals(await jobIds(join(stateDir, "olive.db")), ["live"]);
    assertEquals(await createJobFolders(join(stateDir, "jobs")).list(), ["live"]);
  });
});

Deno.test("a master forgets old jobs by itself", async () => {
  await withCommandFarm({ history, keepDays: 0 }, async (farm) => {
    await farm.until("the old job to be forgotten", async () => {
      const { stdout } = await farm.olive(["jobs", "--json"]);
      const { jobs } = JSON.parse(stdout) as { jobs: { id: string }[] };
      return jobs.length === 1 && jobs[0]?.id === "live";
    });
  });
});

for (
  const [argv, message] of [
    [["db"], "Cannot tell what to do"],
    [["db", "vacuum"], "Unknown action vacuum"],
    [["db", "backup"], "Cannot backup: 0 operands given, 1 wanted"],
    [["db", "check", "x"], "Cannot check: 1 operands given, 0 wanted"],
    [["db", "prune"], "Cannot prune: --keep-days is not given"],
    [["db", "prune", "--keep-days", "few"], "Cannot use --keep-days few"],
  ] as const
) {
  Deno.test(`olive ${argv.join(" ")} is refused`, async () => {
    const { code, stderr } = await runCommand([...argv, "--state-dir", "/nonexistent"]);
    assertEquals(code, EXIT.usage);
    assert(stderr.startsWith(`olive: ${message}`), stderr);
  });
}
