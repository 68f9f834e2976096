import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { DomainError, frameCount } from "../core/mod.ts";
import { listEvents, listParts } from "../store/mod.ts";
import { rejection, type TestFarm, type TestWorker, withTestFarm } from "../testing/mod.ts";
import type { Assignment } from "../wire/mod.ts";

async function stateOf(test: TestFarm, jobId: string): Promise<string> {
  return (await test.farm.viewJob(jobId)).state;
}

async function partsOf(test: TestFarm, jobId: string): Promise<string[]> {
  const parts = await test.database.read((tx) => listParts(tx, jobId));
  return parts.map(({ kind, range, state }) =>
    `${kind} ${range.startFrame}-${range.endFrame} ${state}`
  );
}

/** Lets workers render until they are given nothing more. */
async function renderAll(test: TestFarm, workers: readonly TestWorker[]): Promise<Assignment[]> {
  const done: Assignment[] = [];
  for (let round = 0; round < 200; round++) {
    let isIdle = true;
    for (const worker of workers) {
      await worker.sync();
      for (const { assignment } of [...worker.held.values()]) {
        await worker.succeed(assignment);
        done.push(assignment);
        isIdle = false;
      }
    }
    await test.clock.advance(100);
    if (isIdle) return done;
  }
  throw new Error("there is no end to it");
}

Deno.test("a worker renders a job part by part until it is ready to be merged", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { hasAudio: true, lengthFrames: 2_000 });
    const worker = await test.worker("w1");
    const done = await renderAll(test, [worker]);
    assert(done.length > 2, `${done.length} parts`);
    assertEquals(await stateOf(test, "j1"), "merging");
    const video = done.filter((each) => each.kind === "video");
    assertEquals(video.reduce((sum, each) => sum + frameCount(each.range), 0), 2_000);
    const view = await test.farm.viewJob("j1");
    assertEquals([view.framesDone, view.partsCompleted], [2_000, done.length]);
    await test.farm.completeJob({ jobId: "j1", reason: "The film is finished" });
    assertEquals(await stateOf(test, "j1"), "completed");
    const events = await test.database.read((tx) =>
      listEvents(tx, { jobId: "j1", afterId: 0, limit: 1_000 })
    );
    const jobStates = events.filter((each) => each.entity === "job").map((each) => each.to);
    assertEquals(jobStates, ["queued", "running", "merging", "completed"]);
  });
});

Deno.test("the frames of the parts cover the film, each once, at any moment", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 5_000 });
    const workers = [await test.worker("w1"), await test.worker("w2", { fps: 30 })];
    for (const worker of workers) await worker.take();
    const parts = await test.database.read((tx) => listParts(tx, "j1"));
    let next = 0;
    for (const { range } of parts) {
      assertEquals(range.startFrame, next);
      next = range.endFrame;
    }
    assertEquals(next, 5_000);
  });
});

/** Two workers at the same part: the second began because the first stands still. */
async function takeTwice(
  test: TestFarm,
): Promise<[TestWorker, TestWorker, Assignment, Assignment]> {
  await test.knowSpeeds("j1", { slow: 30, fast: 100 });
  await test.submit("j1", { lengthFrames: 100 });
  const slow = await test.worker("slow", { fps: 30 });
  const first = await slow.take();
  assertEquals(frameCount(first.range), 100);
  const fast = await test.worker("fast", { fps: 100 });
  await test.clock.advance(4_000);
  slow.progress(first, 1);
  await slow.sync({ wanted: 0 });
  const second = await fast.take();
  assertEquals(second.partId, first.partId);
  assertNotEquals(second.attemptId, first.attemptId);
  return [slow, fast, first, second];
}

Deno.test("two attempts that deliver in the same instant: one wins, the other is superseded", async () => {
  await withTestFarm(async (test) => {
    const [slow, fast, first, second] = await takeTwice(test);
    const replies = await Promise.all([slow.succeed(first), fast.succeed(second)]);
    assertEquals(replies.map((reply) => reply.state).toSorted(), ["succeeded", "superseded"]);
    assertEquals(await stateOf(test, "j1"), "merging");
    assertEquals(await partsOf(test, "j1"), ["video 0-100 completed"]);
    const [loser] = replies[0].state === "superseded" ? [first] : [second];
    assertEquals(test.discarded, [loser.attemptId]);
  });
});

Deno.test("the loser of two attempts is told to stop at once, without asking", async () => {
  await withTestFarm(async (test) => {
    const [slow, fast, first, second] = await takeTwice(test);
    const waiting = slow.sync({ wanted: 0, waitMs: 30_000 });
    await test.clock.advance(0);
    await fast.succeed(second);
    assertEquals((await waiting).cancellations, [
      { attemptId: first.attemptId, reason: "fast was faster" },
    ]);
  });
});

Deno.test("a part has two running attempts at most", async () => {
  await withTestFarm(async (test) => {
    await takeTwice(test);
    const third = await test.worker("third", { fps: 1_000 });
    assertEquals((await third.sync()).assignments, []);
  });
});

Deno.test("report() gives a repeated report the same answer and checks the result once", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    const worker = await test.worker("w1");
    const part = await worker.take();
    const replies = [await worker.succeed(part), await worker.succeed(part)];
    replies.push(...await Promise.all([worker.succeed(part), worker.fail(part)]));
    for (const reply of replies) assertEquals(reply, replies[0] ?? reply);
    assertEquals(replies[0]?.state, "succeeded");
    assertEquals(test.verified, [part.attemptId]);
  });
});

Deno.test("report() of an attempt that was lost changes nothing and says so", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    const worker = await test.worker("w1");
    const part = await worker.take();
    await test.clock.advance(10_001);
    await test.lookAtDeadlines();
    const parts = await partsOf(test, "j1");
    const reply = await worker.succeed(part);
    assertEquals(reply.state, "lost");
    assertEquals(await partsOf(test, "j1"), parts);
    assertEquals([test.verified, test.discarded], [[], [part.attemptId]]);
  });
});

Deno.test("report() says attempt_not_found for an attempt that never was", async () => {
  await withTestFarm(async (test) => {
    const error = await assertRejects(
      () => test.farm.report("anothing", { outcome: "returned", message: "bye" }),
      DomainError,
    );
    assertEquals(error.code, "attempt_not_found");
  });
});

Deno.test("report() keeps the attempt running while a result cannot be checked for reasons of the master's", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    const worker = await test.worker("w1");
    const part = await worker.take();
    test.rejectWith = new DomainError("disk_full", "Cannot write: the disk is full");
    await assertRejects(() => worker.succeed(part), DomainError, "the disk is full");
    assertEquals((await worker.succeed(part)).state, "succeeded");
  });
});

Deno.test("report() of a result that is refused counts as a failure of its worker", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    const worker = await test.worker("w1");
    const other = await test.worker("w2");
    const part = await worker.take();
    test.rejectWith = rejection();
    const reply = await worker.succeed(part);
    assertEquals(reply.state, "failed");
    assertEquals(reply.reason, "Cannot accept result: 9 frames, must be 10");
    await renderAll(test, [other]);
    assertEquals(await stateOf(test, "j1"), "merging");
  });
});

Deno.test("a lease that runs out loses the attempt without counting against anybody", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    const worker = await test.worker("w1");
    for (let round = 0; round < 5; round++) {
      const part = await worker.take();
      await test.clock.advance(10_001);
      await test.lookAtDeadlines();
      const state = (await partsOf(test, "j1")).find((each) =>
        each.includes(`${part.range.startFrame}-`)
      );
      assert(state?.endsWith("failed"), state);
      worker.held.clear();
    }
    assertEquals(await stateOf(test, "j1"), "running");
    await renderAll(test, [worker]);
    assertEquals(await stateOf(test, "j1"), "merging");
  });
});

Deno.test("a sync renews the leases of everything that it lists", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    const worker = await test.worker("w1");
    const part = await worker.take();
    for (let round = 0; round < 10; round++) {
      await test.clock.advance(9_000);
      worker.progress(part, round + 1);
      await worker.sync({ wanted: 0 });
      await test.lookAtDeadlines();
    }
    assertEquals((await worker.succeed(part)).state, "succeeded");
  });
});

Deno.test("run() ends a lease by itself, and wakes a worker that waits for work", async () => {
  await withTestFarm(async (test) => {
    const stop = new AbortController();
    const running = test.farm.run(stop.signal);
    await test.submitOneFrame("j1");
    const gone = await test.worker("gone");
    const part = await gone.take();
    const waiting = await test.worker("waiting");
    const sync = waiting.sync({ waitMs: 30_000 });
    await test.clock.advance(10_500);
    const { assignments } = await sync;
    assertEquals(assignments.map((each) => each.range), [part.range]);
    stop.abort();
    await running;
  });
});

Deno.test("run() gives everybody time after the master itself stood still", async () => {
  const clock = new class extends (await import("../testing/mod.ts")).FakeClock {
    jumpMs = 0;
    override monotonicMs(): number {
      return super.monotonicMs() + this.jumpMs;
    }
  }();
  await withTestFarm(async (test) => {
    const stop = new AbortController();
    const running = test.farm.run(stop.signal);
    await test.submit("j1");
    const worker = await test.worker("w1");
    const part = await worker.take();
    await test.clock.advance(2_000);
    clock.jumpMs = 60_000;
    await test.clock.advance(2_000);
    await worker.sync({ wanted: 0 });
    assertEquals((await worker.succeed(part)).state, "succeeded");
    stop.abort();
    await running;
  }, { clock });
});

Deno.test("a render that stands still fails, although its worker is there", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 100 });
    const worker = await test.worker("w1");
    const part = await worker.take();
    worker.progress(part, 10);
    await test.worker("w2");
    for (let second = 0; second < 60; second++) {
      await test.clock.advance(1_000);
      await worker.sync({ wanted: 0 });
      await test.lookAtDeadlines();
      if (second < 29) assertEquals(worker.held.size, 1, `after ${second} s`);
    }
    assertEquals(worker.held.size, 0);
    const reply = await worker.succeed(part);
    assertEquals(reply.state, "failed");
    assert(reply.reason.startsWith("The render made no progress for"), reply.reason);
  });
});

Deno.test("a worker is never given what it failed while another could do it, and then is", async () => {
  await withTestFarm(async (test) => {
    await test.submitOneFrame("j1");
    const bad = await test.worker("bad");
    const other = await test.worker("other");
    const part = await bad.take();
    assertEquals((await bad.fail(part)).state, "failed");
    assertEquals((await bad.sync()).assignments, []);
    // The other one goes away: it is out of sight after a lease.
    await test.clock.advance(10_001);
    assertEquals((await bad.take()).partId, part.partId);
    await other.sync();
  });
});

Deno.test("a part that failed on three workers fails the job with the renderer's words; retry needs that part only", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 3_000 });
    const workers = [
      await test.worker("w1"),
      await test.worker("w2"),
      await test.worker("w3"),
      await test.worker("w4"),
    ];
    const poison = 50;
    let failures = 0;
    for (let round = 0; round < 100 && await stateOf(test, "j1") !== "failed"; round++) {
      for (const worker of workers) {
        await worker.sync();
        for (const { assignment } of [...worker.held.values()]) {
          const { startFrame, endFrame } = assignment.range;
          if (startFrame <= poison && poison < endFrame) {
            await worker.fail(assignment, "line 1\ncannot open effect 7");
            failures++;
          } else await worker.succeed(assignment);
        }
      }
      await test.clock.advance(100);
    }
    assertEquals([failures, await stateOf(test, "j1")], [3, "failed"]);
    const { reason } = await test.farm.viewJob("j1");
    assert(reason.includes("The part failed on 3 different workers (frames "), reason);
    assert(reason.includes("cannot open effect 7"), reason);
    for (const worker of workers) {
      await worker.sync();
      assertEquals(worker.held.size, 0);
    }
    const completed = (await partsOf(test, "j1")).filter((each) => each.endsWith("completed"));
    await test.farm.retryJob({ jobId: "j1", by: "anna" });
    await renderAll(test, workers);
    assertEquals(await stateOf(test, "j1"), "merging");
    const after = await partsOf(test, "j1");
    assertEquals(completed.filter((each) => !after.includes(each)), []);
  });
});

Deno.test("a part that every capable worker failed fails the job, if there are fewer than three", async () => {
  await withTestFarm(async (test) => {
    await test.submitOneFrame("j1");
    const workers = [await test.worker("w1"), await test.worker("w2")];
    await test.worker("other", { capabilities: { renderers: [] } });
    for (const worker of workers) await worker.fail(await worker.take());
    assertEquals(await stateOf(test, "j1"), "failed");
  });
});

Deno.test("a worker that fails everything is set aside, and the job ends", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 20_000 });
    const bad = await test.worker("bad");
    const good = await test.worker("good");
    let failures = 0;
    for (
      let round = 0;
      round < 200 && await stateOf(test, "j1") === "running" || round === 0;
      round++
    ) {
      await bad.sync();
      for (const { assignment } of [...bad.held.values()]) {
        failures++;
        await bad.fail(assignment);
      }
      await good.sync();
      for (const { assignment } of [...good.held.values()]) await good.succeed(assignment);
      await test.clock.advance(100);
    }
    assertEquals([failures, await stateOf(test, "j1")], [3, "merging"]);
  });
});

Deno.test("a part that was given back may go to anyone, also to who gave it back", async () => {
  await withTestFarm(async (test) => {
    await test.submitOneFrame("j1");
    const worker = await test.worker("w1");
    const part = await worker.take();
    const reply = await worker.report(part, { outcome: "returned", message: "The worker stops" });
    assertEquals(reply, { state: "lost", reason: "The worker stops" });
    assertEquals((await worker.take()).partId, part.partId);
  });
});

Deno.test("a turn that is not committed leaves the board as the database is", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 1_000 });
    const worker = await test.worker("w1");
    const before = await partsOf(test, "j1");
    const refuse =
      "CREATE TRIGGER refuse BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, 'no'); END";
    await test.database.write((tx) => tx.run(refuse));
    await assertRejects(() => worker.sync(), DomainError, "a rule of its schema is broken");
    assertEquals(await partsOf(test, "j1"), before);
    await test.database.write((tx) => tx.run("DROP TRIGGER refuse"));
    const part = await worker.take();
    assertEquals(part.range.startFrame, 0);
    await renderAll(test, [worker]);
    assertEquals(await stateOf(test, "j1"), "merging");
  });
});
