/**
 * A master that dies in mid-job loses nothing: no finished part is rendered again, running renders go
 * on without it and are delivered to its successor.
 */
import { assert, assertEquals } from "@std/assert";
import { withFarm } from "../support/farm.ts";
import { untilGone } from "../support/frozen_render.ts";
import { isAlive, listDescendants } from "../support/process_tree.ts";
import { findRunning, listAttempts, makeReferenceFilm } from "../support/reference_film.ts";

const FRAMES = 150;

Deno.test("a master killed in mid-job renders no finished part again, and loses no running one", async () => {
  await withFarm({ workers: ["one", "two"] }, async (farm) => {
    const reference = await makeReferenceFilm(farm, FRAMES);
    const jobId = await reference.submit(0.5);
    await farm.untilJob(jobId, ({ job }) => job.partsCompleted >= 2);
    const renders = await Promise.all([farm.freezeRender("one"), farm.freezeRender("two")]);
    const before = await (await farm.client()).getJob(jobId);
    const running = ["one", "two"].map((name) => findRunning(before, name).attempt.id);
    const finished = before.parts.filter(({ state }) => state === "completed");
    assert(finished.length >= 2, "there is something to lose");
    assert(before.job.framesDone < FRAMES, "there is something left to do");

    const { pid } = farm.master;
    const family = (await listDescendants(pid)).map((child) => child.pid);
    await farm.killMaster();
    await untilGone(family);
    assertEquals(await isAlive(pid), false);
    for (const render of renders) assertEquals(await isAlive(render.pid), true);
    farm.thaw();
    // Nobody is there to hear of it, and still they finish.
    await untilGone(renders.map((render) => render.pid));
    await farm.startMaster();
    assert(farm.master.pid !== pid);

    const after = await farm.untilState(jobId, "completed");
    await reference.assertSame();
    for (const part of finished) {
      const now = after.parts.find(({ id }) => id === part.id);
      assertEquals(now?.attempts, part.attempts, "a finished part was not touched");
    }
    const attempts = listAttempts(after).map(({ attempt }) => attempt);
    for (const id of running) {
      assertEquals(attempts.find((attempt) => attempt.id === id)?.state, "succeeded", id);
    }
    const wasted = attempts.filter(({ state }) => state !== "succeeded");
    assertEquals(wasted, [], "nothing was rendered twice");
  });
});

Deno.test("a master that is asked to stop starts again where it was", async () => {
  await withFarm({ workers: ["one"] }, async (farm) => {
    const reference = await makeReferenceFilm(farm, FRAMES);
    const submit = farm.startSubmit([
      ...[reference.project, "-p", "lossless", "-o", reference.film],
      ...["--max-part-seconds", "1", "--min-part-seconds", "0.1"],
    ]);
    const [, jobId = ""] = await submit.waitFor(/^Job (j[a-z0-9]{8})\b/m);
    await farm.freezeRender("one");
    const stopped = await farm.master.stop();
    assertEquals(stopped.code, 0, stopped.stderr);
    await submit.waitFor(/The master does not answer/, { timeoutMs: 60_000 });
    await farm.startMaster();
    farm.thaw();
    const ended = await submit.waitForEnd({ timeoutMs: 120_000 });
    assertEquals(ended.code, 0, ended.stderr);
    await reference.assertSame();
    const detail = await (await farm.client()).getJob(jobId);
    const states = new Set(listAttempts(detail).map(({ attempt }) => attempt.state));
    assertEquals(states, new Set(["succeeded"]));
  });
});
