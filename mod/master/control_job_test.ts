import { assert, assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { listParts } from "../store/mod.ts";
import { type TestFarm, withTestFarm } from "../testing/mod.ts";
import type { EventView } from "../wire/mod.ts";

const BY = { jobId: "j1", by: "anna" };

async function stateOf(test: TestFarm, jobId = "j1"): Promise<string> {
  return (await test.farm.viewJob(jobId)).state;
}

async function refusal(act: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(act, DomainError)).code;
}

Deno.test("createJob() of the same idempotency key by the same person names the same job", async () => {
  await withTestFarm(async (test) => {
    const first = await test.submit("j1", { idempotencyKey: "k" });
    const second = await test.submit("j2", { idempotencyKey: "k" });
    assertEquals(second.id, first.id);
    const other = await test.submit("j3", { idempotencyKey: "k", submittedBy: "ben" });
    assertEquals(other.id, "j3");
  });
});

Deno.test("pauseJob() hands out nothing more, lets what runs end, and resumeJob() goes on", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 10_000 });
    const worker = await test.worker("w1");
    const part = await worker.take();
    await test.farm.pauseJob(BY);
    await test.farm.pauseJob(BY);
    assertEquals((await test.farm.viewJob("j1")).reason, "Paused by anna");
    const { assignments, cancellations } = await worker.sync({ wanted: 1, idleSlots: 1 });
    assertEquals([assignments, cancellations], [[], []]);
    assertEquals((await worker.succeed(part)).state, "succeeded");
    const waiting = worker.sync({ waitMs: 30_000 });
    await test.clock.advance(10);
    assertEquals(await stateOf(test), "paused");
    await test.farm.resumeJob(BY);
    assertEquals((await waiting).assignments.length, 1);
    assertEquals(await stateOf(test), "running");
  });
});

Deno.test("resumeJob() of a job that was never begun queues it", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1");
    await test.farm.pauseJob(BY);
    await test.farm.resumeJob(BY);
    assertEquals(await stateOf(test), "queued");
  });
});

Deno.test("a paused job of which the last part comes in is merged", async () => {
  await withTestFarm(async (test) => {
    await test.submitOneFrame("j1");
    const worker = await test.worker("w1");
    const part = await worker.take();
    await test.farm.pauseJob(BY);
    await worker.succeed(part);
    assertEquals(await stateOf(test), "merging");
  });
});

Deno.test("cancelJob() ends everything of a job and tells its workers", async () => {
  await withTestFarm(async (test) => {
    await test.submit("j1", { lengthFrames: 10_000, hasAudio: true });
    const workers = [await test.worker("w1"), await test.worker("w2")];
    const parts = [];
    for (const worker of workers) parts.push(...(await worker.sync()).assignments);
    const waiting = workers[0]?.sync({ wanted: 0, waitMs: 30_000 });
    await test.clock.advance(0);
    await test.farm.cancelJob(BY);
    await test.farm.cancelJob(BY);
    assertEquals((await waiting)?.cancellations, [
      { attemptId: parts[0]?.attemptId ?? "", reason: "Cancelled by anna" },
    ]);
    const rows = await test.database.read((tx) => listParts(tx, "j1"));
    assertEquals(new Set(rows.map((part) => part.state)), new Set(["cancelled"]));
    assertEquals(await refusal(() => test.farm.resumeJob(BY)), "invalid_transition");
    assertEquals(await refusal(() => test.farm.retryJob(BY)), "invalid_transition");
  });
});

Deno.test("orders about a job that never was say job_not_found", async () => {
  await withTestFarm(async (test) => {
    const order = { jobId: "jnone", by: "anna" };
    assertEquals(await refusal(() => test.farm.pauseJob(order)), "job_not_found");
    assertEquals(await refusal(() => test.farm.cancelJob(order)), "job_not_found");
    assertEquals(await refusal(() => test.farm.viewJob("jnone")), "job_not_found");
    assertEquals(await refusal(() => test.farm.viewJobDetail("jnone")), "job_not_found");
  });
});

Deno.test("a job that is merged can be completed, failed, taken up again and cancelled, but not paused", async () => {
  await withTestFarm(async (test) => {
    await test.submitOneFrame("j1");
    const worker = await test.worker("w1");
    await worker.succeed(await worker.take());
    assertEquals(await refusal(() => test.farm.pauseJob(BY)), "invalid_transition");
    await test.farm.failJob({ jobId: "j1", reason: "Cannot join the film" });
    assertEquals((await test.farm.viewJob("j1")).reason, "Cannot join the film");
    assertEquals(
      await refusal(() => test.farm.completeJob({ jobId: "j1", reason: "" })),
      "invalid_transition",
    );
    await test.farm.retryJob(BY);
    assertEquals(await stateOf(test), "merging");
    await test.farm.cancelJob(BY);
    assertEquals(
      await refusal(() => test.farm.completeJob({ jobId: "j1", reason: "" })),
      "invalid_transition",
    );
    assertEquals(await stateOf(test), "cancelled");
  });
});

Deno.test("rejectCompletedPart() has a part rendered again while the film is merged", async () => {
  await withTestFarm(async (test) => {
    await test.submitOneFrame("j1");
    const worker = await test.worker("w1");
    const part = await worker.take();
    await worker.succeed(part);
    await test.farm.rejectCompletedPart({ partId: part.partId, reason: "Its file is damaged" });
    assertEquals(await stateOf(test), "running");
    const again = await worker.take();
    assertEquals(again.partId, part.partId);
    await worker.succeed(again);
    assertEquals(await stateOf(test), "merging");
    const { partId } = part;
    await test.farm.completeJob({ jobId: "j1", reason: "The film is finished" });
    const code = await refusal(() => test.farm.rejectCompletedPart({ partId: "p", reason: "" }));
    assertEquals(code, "part_not_found");
    const late = () => test.farm.rejectCompletedPart({ partId, reason: "" });
    assertEquals(await refusal(late), "invalid_transition");
    assertEquals((await test.farm.viewJobDetail("j1")).parts[0]?.state, "completed");
  });
});

Deno.test("views show what runs, how fast, and when it will end", async () => {
  await withTestFarm(async (test) => {
    await test.knowSpeeds("j1", { w1: 100 });
    await test.submit("j1", { lengthFrames: 10_000 });
    const worker = await test.worker("w1");
    const part = await worker.take();
    await test.clock.advance(2_000);
    worker.progress(part, 200);
    await worker.sync({ wanted: 0 });
    const view = await test.farm.viewJob("j1");
    assertEquals([view.framesDone, view.partsOngoing, view.workers], [200, 1, ["w1"]]);
    assertEquals(Math.round(view.currentFps), 100);
    const secondsLeft = ((view.etaMs ?? 0) - test.clock.nowMs()) / 1_000;
    assert(secondsLeft > 90 && secondsLeft < 105, `${secondsLeft} s`);
    const { workers: [shown] } = await test.farm.listWorkers();
    assertEquals([shown?.state, shown?.attempts[0]?.framesDone], ["online", 200]);
    const status = await test.farm.status();
    assertEquals([status.workersOnline, status.jobs.map((job) => job.id)], [1, ["j1"]]);
  });
});

Deno.test("jobEvents() tells what was and what comes, each once and in order, and ends with the job", async () => {
  await withTestFarm(async (test) => {
    await test.submitOneFrame("j1");
    const seen: EventView[] = [];
    const { signal } = new AbortController();
    const reading = (async () => {
      for await (const event of test.farm.jobEvents("j1", { afterId: 0, signal })) seen.push(event);
    })();
    await test.clock.advance(0);
    const worker = await test.worker("w1");
    await worker.succeed(await worker.take());
    await test.farm.completeJob({ jobId: "j1", reason: "The film is finished" });
    await reading;
    assertEquals(seen.map((event) => `${event.entity} ${event.from}>${event.to}`), [
      "job >queued",
      "part >queued",
      "part queued>ongoing",
      "job queued>running",
      "attempt >running",
      "attempt running>succeeded",
      "part ongoing>completed",
      "job running>merging",
      "job merging>completed",
    ]);
    const afterId = seen[6]?.id ?? 0;
    const rest: string[] = [];
    for await (const event of test.farm.jobEvents("j1", { afterId, signal })) rest.push(event.to);
    assertEquals(rest, ["merging", "completed"]);
  });
});
