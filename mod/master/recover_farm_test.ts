import { assertEquals } from "@std/assert";
import { findAttempt } from "../store/mod.ts";
import { withTestFarm } from "../testing/mod.ts";

Deno.test("a master that starts again accepts what its workers still render, and loses no finished part", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 3_000 });
    const worker = await test.worker("w1");
    const done = await worker.take();
    await worker.succeed(done);
    const running = await worker.take();
    await test.restart();
    // The worker was away for longer than a lease: the master was too.
    await test.clock.advance(25_000);
    await test.lookAtDeadlines();
    await worker.register();
    const { cancellations, assignments } = await worker.sync({ wanted: 0 });
    assertEquals([cancellations, assignments], [[], []]);
    assertEquals((await worker.succeed(running)).state, "succeeded");
    const detail = await test.farm.viewJobDetail("j1");
    const completed = detail.parts.filter((part) => part.state === "completed");
    assertEquals(completed.map((part) => part.id), [done.partId, running.partId]);
    assertEquals(completed.map((part) => part.attempts.length), [1, 1]);
  });
});

Deno.test("a report that comes before its worker has registered again is taken", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    const worker = await test.worker("w1");
    const part = await worker.take();
    await test.restart();
    assertEquals((await worker.succeed(part)).state, "succeeded");
  });
});

Deno.test("what no worker reports in for after a restart is lost in the end", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    const worker = await test.worker("w1");
    const part = await worker.take();
    await test.restart();
    await test.clock.advance(30_001);
    await test.lookAtDeadlines();
    const attempt = await test.database.read((tx) => findAttempt(tx, part.attemptId));
    assertEquals(attempt?.state, "lost");
  });
});

Deno.test("recover() names the jobs that wait to be merged", async () => {
  await withTestFarm(async (test) => {
    await test.submitOneFrame("j1");
    await test.submit("j2");
    const worker = await test.worker("w1");
    await worker.succeed(await worker.take());
    const { jobs, attempts } = await test.farm.recover();
    assertEquals(jobs.map((job) => [job.id, job.state]).toSorted(), [
      ["j1", "merging"],
      ["j2", "queued"],
    ]);
    assertEquals(attempts, 0);
  });
});

Deno.test("measured speeds are remembered over a restart and sent with the next part", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 10_000 });
    const worker = await test.worker("w1", { fps: 100 });
    const first = await worker.take();
    assertEquals(first.expectedFps, 0);
    await worker.succeed(first);
    await test.restart();
    await worker.register();
    const second = await worker.take();
    assertEquals(Math.round(second.expectedFps / 10), 10);
  });
});

Deno.test("a part that fails before all workers are back fails no job that they could still do", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 3_000 });
    const [first, second] = [await test.worker("w1"), await test.worker("w2")];
    const part = await first.take();
    const other = await second.take();
    await test.restart();
    await first.register();
    await first.fail(part);
    assertEquals((await test.farm.viewJob("j1")).state, "running");
    await second.register();
    assertEquals((await second.succeed(other)).state, "succeeded");
    // The one that is alone from the start is judged at once.
    await second.restart();
    await test.clock.advance(60_000);
    await test.lookAtDeadlines();
    await first.register();
    await first.fail(await first.take());
    assertEquals((await test.farm.viewJob("j1")).state, "failed");
  });
});
