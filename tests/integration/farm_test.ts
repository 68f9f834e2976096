/**
 * What a person sees of a farm: films, numbers, events, exit codes. Real processes, sockets, database
 * and renderer.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { FarmStatus, JobList, JobView, WorkerList } from "../../mod/wire/mod.ts";
import { type Farm, withFarm } from "../support/farm.ts";
import { assertDecodes, readFilmFacts } from "../support/film_facts.ts";
import { untilGone } from "../support/frozen_render.ts";
import { type MadeProject, makeCountingProject } from "../support/make_project.ts";
import { readFrameNumber } from "../support/media.ts";
import { decodePictures } from "../support/pixels.ts";
import { listDescendants } from "../support/process_tree.ts";

const SMALL_PARTS = ["--min-part-seconds", "0.1", "--max-part-seconds", "0.5"];

interface JobEvent {
  readonly event: string;
  readonly job?: JobView;
  readonly isNew?: boolean;
}

function readEvents(stdout: string): JobEvent[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as JobEvent);
}

async function assertExact(film: string, project: MadeProject): Promise<void> {
  await assertDecodes(film);
  const facts = await readFilmFacts(film);
  assertEquals([facts.frames, facts.fps], [project.frames, project.fps]);
  const numbers = (await decodePictures(film)).map(readFrameNumber);
  assertEquals(numbers, numbers.map((_, index) => index));
}

/** Starts a job and holds the renders of both workers in the middle. */
async function startHeldJob(
  farm: Farm,
  args: readonly string[],
): Promise<{ submit: ReturnType<Farm["startSubmit"]>; jobId: string; renders: number[] }> {
  const submit = farm.startSubmit(args);
  const [, jobId = ""] = await submit.waitFor(/^Job (j[a-z0-9]{8})\b/m);
  const held = await Promise.all([farm.freezeRender("one"), farm.freezeRender("two")]);
  return { submit, jobId, renders: held.map(({ pid }) => pid) };
}

Deno.test("olive submit makes an exact film on two workers and tells of it", async () => {
  await withFarm({ workers: ["one", "two"] }, async (farm) => {
    const project = await makeCountingProject(farm.root, { frames: 90 });
    const film = farm.at("film.mp4");
    const outcome = await farm.olive(["submit", project.path, ...SMALL_PARTS]);
    assertEquals(outcome.stdout, `${film}\n`);
    assertMatch(outcome.stderr, /^Job j\S+: film, 90 frames \(3\.60 s\), 160x90, preset h264$/m);
    assertMatch(outcome.stderr, /^Finished in \d/m);
    await assertExact(film, project);
    const [, jobId = ""] = /^Job (\S+):/m.exec(outcome.stderr) ?? [];
    const { job, parts } = await (await farm.client()).getJob(jobId);
    assertEquals([job.state, job.framesDone, job.partsFailed], ["completed", 90, 0]);
    const makers = parts.flatMap(({ attempts }) => attempts)
      .filter(({ state }) => state === "succeeded").map(({ worker }) => worker);
    assertEquals([...new Set(makers)].sort(), ["one", "two"]);
    const names: string[] = [];
    for await (const { name } of Deno.readDir(farm.root)) names.push(name);
    assertEquals(names.sort(), ["film.mp4", "film.ove", "pictures.mp4", "tone.wav"]);
  });
});

Deno.test("olive submit --json, --detach and --key, status and jobs answer programs", async () => {
  await withFarm({ workers: ["one", "two"] }, async (farm) => {
    const project = await makeCountingProject(farm.root);
    const first = readEvents(
      (await farm.olive([
        ...["submit", project.path, "--json", "-o", farm.at("a.mp4"), "--key", "one export"],
      ])).stdout,
    );
    const names = first.map(({ event }) => event);
    assertEquals([names[0], names.at(-1)], ["submitted", "completed"]);
    assertEquals(new Set(names.slice(1, -1)), new Set(["progress"]));
    const done = first.map(({ job }) => job?.framesDone ?? -1);
    assertEquals(done, done.toSorted((a, b) => a - b), "progress never goes back");
    assertEquals(done.at(-1), project.frames);

    const again = readEvents(
      (await farm.olive([
        ...["submit", project.path, "--json", "-o", farm.at("a.mp4"), "--key", "one export"],
        "--overwrite",
      ])).stdout,
    );
    assertEquals(again[0]?.isNew, false);
    assertEquals(again[0]?.job?.id, first[0]?.job?.id);

    const detached = await farm.olive([
      ...["submit", project.path, "--detach", "--json", "-o", farm.at("b.mov")],
    ]);
    const [submitted, ...more] = readEvents(detached.stdout);
    assertEquals([submitted?.event, submitted?.isNew, more], ["submitted", true, []]);
    const jobId = submitted?.job?.id ?? "";
    await farm.untilState(jobId, "completed");
    await assertExact(farm.at("b.mov"), project);

    const { jobs } = JSON.parse((await farm.olive(["jobs", "--json"])).stdout) as JobList;
    assertEquals(jobs.map(({ id }) => id), [jobId, first[0]?.job?.id], "newest first");
    const table = (await farm.olive(["jobs"])).stdout;
    assertMatch(table, new RegExp(`^${jobId} +completed +100% +50 +h264 .* film$`, "m"));
    const status = JSON.parse((await farm.olive(["status", "--json"])).stdout) as
      & FarmStatus
      & WorkerList;
    assertEquals(status.workersOnline, 2);
    assertEquals(status.workers.map(({ name }) => name).sort(), ["one", "two"]);
    assertMatch((await farm.olive(["status"])).stdout, /^Master \S+, 2 workers online, 0 jobs/);
  });
});

Deno.test("olive cancel ends a running job, its renders and the submit that waits", async () => {
  await withFarm({ workers: ["one", "two"] }, async (farm) => {
    const project = await makeCountingProject(farm.root, { frames: 100 });
    const { submit, jobId, renders } = await startHeldJob(farm, [project.path]);
    const families = await Promise.all(renders.map((pid) => listDescendants(pid)));
    const outcome = await farm.olive(["cancel", jobId]);
    assertMatch(outcome.stdout, new RegExp(`^${jobId} cancelled\\b`));
    const ended = await submit.waitForEnd();
    assertEquals(ended.code, 6);
    assertMatch(ended.stderr, new RegExp(`^olive: Job ${jobId} cancelled: `, "m"));
    await untilGone([...renders, ...families.flat().map(({ pid }) => pid)]);
    const { parts } = await (await farm.client()).getJob(jobId);
    const states = new Set(parts.flatMap(({ attempts }) => attempts).map(({ state }) => state));
    assertEquals(states.has("cancelled"), true);
    assertEquals(states.has("running"), false);
    assertEquals(await exists(farm.at("film.mp4")), false);
    // The workers are free again, and well.
    await farm.olive(["submit", project.path]);
    await assertExact(farm.at("film.mp4"), project);
  });
});

Deno.test("Ctrl-C detaches olive submit; the job goes on without it", async () => {
  await withFarm({ workers: ["one", "two"] }, async (farm) => {
    const project = await makeCountingProject(farm.root, { frames: 120 });
    const { submit, jobId } = await startHeldJob(farm, [project.path]);
    const ended = await submit.stop("SIGINT");
    assertEquals(ended.code, 130);
    assert(ended.stderr.includes(`Job ${jobId} goes on. To end it: olive cancel ${jobId}\n`));
    farm.thaw();
    await farm.untilState(jobId, "completed");
    await assertExact(farm.at("film.mp4"), project);
  });
});

Deno.test("a machine joins a running farm with one line and renders", async () => {
  await withFarm({}, async (farm) => {
    const project = await makeCountingProject(farm.root);
    const jobId = await farm.submit([project.path]);
    const { job } = await (await farm.client()).getJob(jobId);
    assertEquals(job.state, "queued");
    assertMatch(job.reason, /worker/i, "says why it waits");
    await farm.joinWorker("newcomer");
    const { parts } = await farm.untilState(jobId, "completed");
    const makers = parts.flatMap(({ attempts }) => attempts).map(({ worker }) => worker);
    assertEquals(new Set(makers), new Set(["newcomer"]));
    await assertExact(farm.at("film.mp4"), project);
  });
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
