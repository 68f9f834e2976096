import { assert, assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { type TestFarm, withTestFarm } from "../testing/mod.ts";
import type { SyncReply } from "../wire/mod.ts";

/** A sync with whether it has been answered yet. */
function watch(sync: Promise<SyncReply>): { isOver: boolean; reply: Promise<SyncReply> } {
  const watched = { isOver: false, reply: sync };
  const end = (): void => void (watched.isOver = true);
  sync.then(end, end);
  return watched;
}

async function workersOf(test: TestFarm, jobId: string): Promise<readonly string[]> {
  return (await test.farm.viewJob(jobId)).workers;
}

Deno.test("sync() says worker_unknown to a worker that has not registered with this run of the master", async () => {
  await withTestFarm(async (test) => {
    const worker = await test.worker("w1");
    await test.restart();
    const error = await assertRejects(() => worker.sync(), DomainError);
    assertEquals(error.code, "worker_unknown");
    await worker.register();
    await worker.sync();
    worker.sessionId = "s-other";
    await assertRejects(() => worker.sync(), DomainError, "it is not registered");
  });
});

Deno.test("sync() waits for as long as it may, then answers with nothing", async () => {
  await withTestFarm(async (test) => {
    const worker = await test.worker("w1");
    const sync = watch(worker.sync({ waitMs: 20_000 }));
    await test.clock.advance(19_990);
    assertEquals(sync.isOver, false);
    await test.clock.advance(20);
    const { assignments, cancellations } = await sync.reply;
    assertEquals([assignments, cancellations], [[], []]);
  });
});

Deno.test("sync() sleeps while there is nothing to do: an idle worker costs nothing", async () => {
  await withTestFarm(async (test) => {
    const worker = await test.worker("w1");
    const sync = worker.sync({ waitMs: 30_000 });
    await test.clock.advance(0);
    // One sleep for the end of the wait; nothing that comes round again.
    assertEquals(test.clock.sleeping, 1);
    await test.clock.advance(29_000);
    assertEquals(test.clock.sleeping, 1);
    await test.clock.advance(1_000);
    await sync;
    assertEquals(test.clock.sleeping, 0);
  });
});

Deno.test("sync() answers at once when a job comes", async () => {
  await withTestFarm(async (test) => {
    const worker = await test.worker("w1");
    const sync = worker.sync({ waitMs: 30_000 });
    await test.clock.advance(100);
    await test.submit("j1");
    assertEquals((await sync).assignments.length, 1);
  });
});

Deno.test("sync() ends at once when a newer one of the same worker comes, and both are not given work for one slot", async () => {
  await withTestFarm(async (test) => {
    const worker = await test.worker("w1");
    const older = watch(worker.sync({ waitMs: 30_000 }));
    await test.clock.advance(0);
    const newer = watch(worker.sync({ waitMs: 30_000 }));
    await older.reply;
    await test.clock.advance(0);
    assertEquals([older.isOver, newer.isOver], [true, false]);
    await test.submit("j1");
    await newer.reply;
    assertEquals(worker.held.size, 1);
  });
});

Deno.test("sync() ends when its caller goes away, and when the master stops", async () => {
  await withTestFarm(async (test) => {
    const worker = await test.worker("w1");
    const gone = new AbortController();
    const sync = worker.sync({ waitMs: 30_000 }, gone.signal);
    await test.clock.advance(0);
    gone.abort();
    await sync;
    const last = worker.sync({ waitMs: 30_000 });
    await test.clock.advance(0);
    test.farm.endSyncs();
    await last;
    assertEquals(test.clock.sleeping, 0);
  });
});

Deno.test("sync() sends again what the worker does not mention, and counts it as given", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 10_000 });
    const worker = await test.worker("w1");
    const part = await worker.take();
    worker.held.clear();
    const { assignments } = await worker.sync();
    assertEquals(assignments, [part]);
    assertEquals((await worker.sync()).assignments, []);
  });
});

Deno.test("sync() cancels what is not the worker's to render", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 10_000 });
    const [one, two] = [await test.worker("w1"), await test.worker("w2")];
    const part = await one.take();
    const stranger = { phase: "rendering", framesDone: 0, renderMs: 0 } as const;
    const { cancellations } = await two.sync({
      wanted: 0,
      attempts: [
        { attemptId: part.attemptId, ...stranger },
        { attemptId: "aunknown", ...stranger },
      ],
    });
    assertEquals(cancellations, [
      { attemptId: part.attemptId, reason: "It is another worker's" },
      { attemptId: "aunknown", reason: "The master does not know it" },
    ]);
    assertEquals((await one.succeed(part)).state, "succeeded");
  });
});

Deno.test("sync() of a worker that was started again: what it still has stays, the rest is lost at once", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 10_000 });
    const worker = await test.worker("w1", { slots: 2 });
    const { assignments: [kept, gone] } = await worker.sync();
    assert(kept !== undefined && gone !== undefined);
    await worker.restart([kept.attemptId]);
    const reply = await worker.sync({ wanted: 0 });
    assertEquals([reply.assignments, reply.cancellations], [[], []]);
    assertEquals((await worker.succeed(kept)).state, "succeeded");
    assertEquals((await worker.succeed(gone)).state, "lost");
    const detail = await test.farm.viewJobDetail("j1");
    const states = detail.parts.map((part) => part.state).toSorted();
    assertEquals(states, ["completed", "failed", "queued"]);
  });
});

Deno.test("sync() gives a draining worker nothing, and its parts in waiting to others at once", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    const worker = await test.worker("w1");
    assertEquals((await worker.sync({ isDraining: true, wanted: 1 })).assignments, []);
    const { workers } = await test.farm.listWorkers();
    assertEquals(workers.map((each) => each.state), ["draining"]);
  });
});

Deno.test("sync() never offers a job to a worker that lacks something for it, and says so", async () => {
  await withTestFarm(async (test) => {
    const requirements = { renderer: "fake", encoders: ["prores_ks"], services: ["frei0r.glow"] };
    await test.submit("j1", { requirements });
    assertEquals((await test.farm.viewJob("j1")).reason, "Waits for a worker: none is connected");
    const without = await test.worker("w1", { capabilities: { services: ["affine"] } });
    assertEquals((await without.sync()).assignments, []);
    const { reason } = await test.farm.viewJob("j1");
    assert(reason.includes("prores_ks") && reason.includes("frei0r.glow"), reason);
    const able = await test.worker("w2", { capabilities: { encoders: ["prores_ks"] } });
    assertEquals((await able.sync()).assignments.length, 1);
    assertEquals((await test.farm.viewJob("j1")).reason, "Rendered by w2");
  });
});

Deno.test("sync() hands out parts of the job of the higher priority, then of the older one", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    await test.clock.advance(1);
    await test.submit("j2");
    await test.clock.advance(1);
    await test.submit("j3", { priority: 60 });
    const workers = [await test.worker("w1"), await test.worker("w2")];
    assertEquals((await workers[0]?.take())?.jobId, "j3");
    await test.farm.reprioritizeJob({ jobId: "j2", by: "anna", priority: 70 });
    assertEquals((await workers[1]?.take())?.jobId, "j2");
    assertEquals(await workersOf(test, "j1"), []);
  });
});

Deno.test("workers that nobody has heard of for a lease are offline; one that waits is not", async () => {
  await withTestFarm(async (test) => {
    await test.worker("silent");
    const waiting = await test.worker("waiting");
    const sync = waiting.sync({ waitMs: 30_000 });
    await test.clock.advance(20_000);
    const { workers } = await test.farm.listWorkers();
    assertEquals(workers.map((each) => [each.name, each.state]), [
      ["silent", "offline"],
      ["waiting", "online"],
    ]);
    await test.clock.advance(10_000);
    await sync;
  });
});
