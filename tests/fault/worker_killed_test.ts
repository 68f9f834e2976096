/**
 * A worker that dies or hangs costs its running render and nothing else: no child outlives it, no
 * frame is missing or wrong, and what it says too late changes nothing.
 */
import { assert, assertEquals } from "@std/assert";
import { withFarm } from "../support/farm.ts";
import { listRenders, untilGone } from "../support/frozen_render.ts";
import { findProcess, isAlive, listDescendants } from "../support/process_tree.ts";
import { findRunning, listAttempts, makeReferenceFilm } from "../support/reference_film.ts";
import { until } from "../../mod/testing/mod.ts";

const FRAMES = 84;
const LEASE_SECONDS = 2;

Deno.test("a worker killed in mid-render leaves no child, and the film is exact", async () => {
  await withFarm({ workers: ["victim", "other"], leaseSeconds: LEASE_SECONDS }, async (farm) => {
    const reference = await makeReferenceFilm(farm, FRAMES);
    const jobId = await reference.submit(1);
    const render = await farm.freezeRender("victim");
    const { attempt, part } = findRunning(await (await farm.client()).getJob(jobId), "victim");
    const { process } = farm.worker("victim");
    const family = (await listDescendants(process.pid)).map(({ pid }) => pid);
    assert(family.includes(render.pid), "the renderer is the worker's own");
    assertEquals((await findProcess(render.pid))?.state, "T", "it is in mid-render");
    await process.kill();
    await untilGone(family);
    const detail = await farm.untilState(jobId, "completed");
    await reference.assertSame();
    const after = listAttempts(detail).filter((each) => each.part.id === part.id);
    const killed = after.find((each) => each.attempt.id === attempt.id)?.attempt;
    assert(["lost", "superseded"].includes(killed?.state ?? ""), `it is ${killed?.state}`);
    assertEquals(
      after.filter((each) => each.attempt.state === "succeeded").map((each) => each.attempt.worker),
      ["other"],
    );
    assertEquals(listAttempts(detail).filter((each) => each.attempt.state === "failed"), []);
    await farm.startWorker("victim");
    await farm.untilOnline(["victim"]);
    assertEquals(await listRenders(farm.worker("victim").process.pid), []);
  });
});

Deno.test("a worker that sleeps past its lease is given up; what it reports later changes nothing", async () => {
  await withFarm({ workers: ["sleeper", "other"], leaseSeconds: LEASE_SECONDS }, async (farm) => {
    const reference = await makeReferenceFilm(farm, FRAMES);
    const jobId = await reference.submit(1);
    const render = await farm.freezeRender("sleeper");
    const client = await farm.client();
    const { attempt } = findRunning(await client.getJob(jobId), "sleeper");
    const { process } = farm.worker("sleeper");
    process.signal("SIGSTOP");
    await until(async () => (await findProcess(process.pid))?.state === "T", { what: "its sleep" });
    // Its renderer does not sleep and finishes: a whole result waits for the worker to wake up.
    render.thaw();
    await untilGone([render.pid]);
    const before = await farm.untilState(jobId, "completed");
    assertEquals(await isAlive(process.pid), true);
    const given = listAttempts(before).find((each) => each.attempt.id === attempt.id)?.attempt;
    assert(["lost", "superseded"].includes(given?.state ?? ""), `it is ${given?.state}`);
    await reference.assertSame();
    const film = await Deno.stat(reference.film);

    process.signal("SIGCONT");
    await process.waitFor(new RegExp(`"event":"attempt_changed"[^\\n]*"${attempt.id}"`), {
      what: "the sleeper to hear that its attempt is over",
    });
    await until(async () => {
      const { workers } = await client.listWorkers();
      const sleeper = workers.find(({ name }) => name === "sleeper");
      return sleeper?.state === "online" && sleeper.attempts.length === 0;
    }, { what: "the sleeper to be back" });
    assertEquals(await client.getJob(jobId), before);
    const later = await Deno.stat(reference.film);
    assertEquals([later.ino, later.mtime], [film.ino, film.mtime], "the film was not touched");
  });
});
