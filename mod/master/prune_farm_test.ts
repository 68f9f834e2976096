import { assertEquals } from "@std/assert";
import { createLogger } from "../log/mod.ts";
import { type TestFarm, withTestFarm } from "../testing/mod.ts";
import { createJobFolders, type JobFolders, keepPruned, pruneFarm } from "./mod.ts";

const DAY_MS = 86_400_000;

async function withFolders(
  act: (test: TestFarm, folders: JobFolders) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "olive-jobs-" });
  try {
    await withTestFarm((test) => act(test, createJobFolders(`${root}/jobs`)));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Ends a job on the day that the clock shows. */
async function endJob(test: TestFarm, id: string): Promise<void> {
  await test.submit(id);
  await test.farm.cancelJob({ jobId: id, by: "anna" });
}

Deno.test("pruneFarm() forgets what ended before the days to keep, and its folder", async () => {
  await withFolders(async (test, folders) => {
    const { database: db, clock } = test;
    for (let index = 0; index < 12; index++) await endJob(test, `old${index}`);
    await test.submit("running");
    await clock.advance(10 * DAY_MS);
    await endJob(test, "young");
    for (const id of ["old3", "running", "young"]) await folders.create(id);
    const pruned = await pruneFarm({ db, folders, clock }, { keepDays: 5 });
    assertEquals([pruned.jobs, pruned.orphanFolders], [12, 0]);
    const { jobs } = await test.farm.listJobs(50);
    assertEquals(jobs.map((job) => job.id).toSorted(), ["running", "young"]);
    assertEquals([...await folders.list()].toSorted(), ["running", "young"]);
  });
});

Deno.test("pruneFarm() removes folders of no job once they are a day old", async () => {
  await withFolders(async (test, folders) => {
    const { database: db, clock } = test;
    await folders.create("stray");
    const strayAtMs = clock.nowMs();
    await Deno.utime(folders.job("stray"), new Date(strayAtMs), new Date(strayAtMs));
    const prune = async (): Promise<number> =>
      (await pruneFarm({ db, folders, clock }, { keepDays: 30 })).orphanFolders;
    assertEquals(await prune(), 0);
    await clock.advance(DAY_MS);
    assertEquals(await prune(), 1);
    assertEquals(await folders.list(), []);
  });
});

Deno.test("keepPruned() prunes again and again until its end", async () => {
  await withFolders(async (test, folders) => {
    const { database: db, clock } = test;
    const ended = new AbortController();
    const logger = createLogger({ sink: () => {}, clock });
    await endJob(test, "j1");
    const running = keepPruned({ db, folders, clock, logger }, {
      keepDays: 1,
      signal: ended.signal,
    });
    await clock.advance(DAY_MS + 3_600_000);
    while ((await test.farm.listJobs(50)).jobs.length > 0) await clock.advance(3_600_000);
    ended.abort();
    await running;
  });
});
