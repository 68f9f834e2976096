/**
 * A network between worker and master that swallows, cuts or delays: the film is exact, and no worker is
 * blamed for it.
 */
import { assert, assertEquals } from "@std/assert";
import { createSystemClock } from "../../mod/core/mod.ts";
import { until } from "../../mod/testing/mod.ts";
import { type Farm, withFarm } from "../support/farm.ts";
import { untilGone } from "../support/frozen_render.ts";
import { FaultProxy } from "../support/proxy.ts";
import {
  findRunning,
  listAttempts,
  makeReferenceFilm,
  type ReferenceFilm,
} from "../support/reference_film.ts";

const FRAMES = 84;
const EXPORT_MS_MAX = 120_000;
const clock = createSystemClock();

/** A farm whose one worker reaches the master through a proxy. */
async function withProxy(
  options: { readonly leaseSeconds?: number },
  body: (farm: Farm, proxy: FaultProxy) => Promise<void>,
): Promise<void> {
  await withFarm(options, async (farm) => {
    await using proxy = new FaultProxy(farm.port);
    await farm.startWorker("far", { masterPort: proxy.port });
    await farm.untilOnline(["far"]);
    try {
      await body(farm, proxy);
    } finally {
      await farm.worker("far").process.kill();
    }
  });
}

/** Waits for the job's end and checks that the film is exact and that nobody failed. */
async function assertUnharmed(
  farm: Farm,
  job: { readonly id: string; readonly reference: ReferenceFilm },
): Promise<readonly string[]> {
  const detail = await farm.untilState(job.id, "completed");
  await job.reference.assertSame();
  const attempts = listAttempts(detail).map(({ attempt }) => attempt);
  assertEquals(attempts.filter(({ state }) => state === "failed"), []);
  return attempts.filter(({ state }) => state === "succeeded").map(({ id }) => id);
}

Deno.test("a silence shorter than a lease costs nothing: the render goes on and is delivered", async () => {
  await withProxy({}, async (farm, proxy) => {
    const reference = await makeReferenceFilm(farm, FRAMES);
    const id = await reference.submit(1);
    const render = await farm.freezeRender("far");
    const { attempt } = findRunning(await (await farm.client()).getJob(id), "far");
    proxy.blackhole();
    farm.thaw();
    // The worker finishes and tries to say so: into the black hole.
    await untilGone([render.pid]);
    await until(() => proxy.counts.swallowedBytes > 0, {
      what: "something to be swallowed",
      timeoutMs: 20_000,
    });
    proxy.pass();
    assert(proxy.cut() > 0, "connections that lost bytes are of no use any more");
    const succeeded = await assertUnharmed(farm, { id, reference });
    assert(succeeded.includes(attempt.id), "the render that was under way counts");
  });
});

Deno.test("a silence longer than a lease loses the attempt, not the part, and counts for nothing", async () => {
  await withProxy({ leaseSeconds: 2 }, async (farm, proxy) => {
    const reference = await makeReferenceFilm(farm, FRAMES);
    const id = await reference.submit(1);
    await farm.freezeRender("far");
    const { attempt } = findRunning(await (await farm.client()).getJob(id), "far");
    proxy.blackhole();
    proxy.cut();
    const lost = await farm.untilJob(
      id,
      (detail) =>
        listAttempts(detail).some((each) =>
          each.attempt.id === attempt.id && each.attempt.state === "lost"
        ),
    );
    assertEquals(lost.job.state, "running");
    proxy.pass();
    proxy.cut();
    farm.thaw();
    const succeeded = await assertUnharmed(farm, { id, reference });
    assertEquals(succeeded.includes(attempt.id), false);
  });
});

Deno.test("connections that are cut again and again, and late answers, change no frame", async () => {
  await withProxy({}, async (farm, proxy) => {
    const reference = await makeReferenceFilm(farm, FRAMES);
    const id = await reference.submit(1);
    const client = await farm.client();
    let cuts = 0;
    await until(async () => {
      cuts += proxy.cut();
      // Long enough for some requests to get through, short enough to hit others in the middle.
      await clock.sleep(100 + 50 * (cuts % 5));
      return (await client.getJob(id)).job.state === "completed";
    }, { what: "the end of the job", timeoutMs: EXPORT_MS_MAX });
    assert(cuts >= 5 && proxy.counts.cutConnections >= 5, `${cuts} connections were cut`);
    await assertUnharmed(farm, { id, reference });

    proxy.pass({ delayMs: 120 });
    const delayed = await reference.submit(1);
    await assertUnharmed(farm, { id: delayed, reference });
    assert(proxy.counts.delayedPieces >= 20, `${proxy.counts.delayedPieces} pieces came late`);
  });
});
