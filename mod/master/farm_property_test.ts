import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ATTEMPTS_PER_PART_MAX, isFinalJobState } from "../core/mod.ts";
import {
  findJob,
  listAttemptsOfJob,
  listPartFailures,
  listParts,
  listRunningAttempts,
  type Part,
} from "../store/mod.ts";
import { type TestFarm, type TestWorker, withTestFarm } from "../testing/mod.ts";

/** One thing that happens to a farm. */
type Step =
  | { readonly kind: "sync"; readonly worker: number; readonly ahead: boolean }
  | { readonly kind: "progress"; readonly worker: number }
  | { readonly kind: "succeed"; readonly worker: number; readonly isRepeated: boolean }
  | { readonly kind: "fail"; readonly worker: number }
  | { readonly kind: "return"; readonly worker: number }
  | { readonly kind: "restart"; readonly worker: number; readonly keeps: boolean }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "order"; readonly order: "pause" | "resume" | "cancel" | "retry" }
  | { readonly kind: "master" };

const WORKERS = 3;
const LENGTH = 900;
const JOBS = ["j1", "j2"];

const worker = fc.nat(WORKERS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("sync" as const), worker, ahead: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("progress" as const), worker }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("succeed" as const),
      worker,
      isRepeated: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("fail" as const), worker }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("return" as const), worker }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("restart" as const), worker, keeps: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      ms: fc.constantFrom(100, 2_000, 6_000, 12_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("order" as const),
      order: fc.constantFrom("pause" as const, "resume" as const, "retry" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("master" as const) }) },
);

/** Everything that is asked of any state that can be reached. */
async function assertInvariants(test: TestFarm): Promise<void> {
  await test.database.read(async (tx) => {
    const running = await listRunningAttempts(tx);
    for (const jobId of JOBS) {
      const job = await findJob(tx, jobId);
      assert(job !== undefined);
      const parts = await listParts(tx, jobId);
      assertPartition(parts.filter((part) => part.kind === "video"));
      for (const part of parts) {
        const own = running.filter((attempt) => attempt.partId === part.id);
        assert(own.length <= ATTEMPTS_PER_PART_MAX, "two running attempts at most");
        // An owner for everything in work, and nothing that is owned without being in work.
        assertEquals(own.length > 0, part.state === "ongoing", `${part.id} is ${part.state}`);
      }
      const isLeft = parts.some((part) => part.state !== "completed");
      if (job.state === "merging") assertEquals(isLeft, false, "a job is merged when all is there");
      if (job.state === "queued" || job.state === "running") {
        assertEquals(isLeft, true, "what is rendered is merged");
      }
      if (isFinalJobState(job.state)) {
        assertEquals(running.filter((attempt) => attempt.jobId === jobId), []);
      }
      const view = await listAttemptsOfJob(tx, { jobId, limit: 10_000 });
      for (const part of parts.filter((each) => each.state === "completed")) {
        const winners = view.filter((attempt) =>
          attempt.partId === part.id && attempt.state === "succeeded"
        );
        assertEquals(winners.map((each) => each.id), [part.result?.attemptId ?? ""]);
      }
    }
  });
}

function assertPartition(parts: readonly Part[]): void {
  let next = 0;
  for (const { range } of parts) {
    assertEquals(range.startFrame, next);
    next = range.endFrame;
  }
  assertEquals(next, LENGTH);
}

/** What was waiting before a sync, to judge what the sync gave. */
async function snapshot(
  test: TestFarm,
): Promise<{ parts: Map<string, Part>; failedBy: Map<string, string[]> }> {
  return await test.database.read(async (tx) => {
    const parts = new Map<string, Part>();
    const failedBy = new Map<string, string[]>();
    for (const jobId of JOBS) {
      for (const part of await listParts(tx, jobId)) {
        parts.set(part.id, part);
        const failures = await listPartFailures(tx, part.id);
        failedBy.set(part.id, failures.map((failure) => failure.worker));
      }
    }
    return { parts, failedBy };
  });
}

async function syncAndJudge(
  test: TestFarm,
  workers: readonly TestWorker[],
  step: { worker: number; ahead: boolean },
): Promise<void> {
  const worker = workers[step.worker];
  assert(worker !== undefined);
  const before = await snapshot(test);
  const request = worker.request();
  const wanted = request.wanted + (step.ahead ? 1 : 0);
  const known = new Set(worker.held.keys());
  const { assignments } = await syncOrRegister(worker, { wanted });
  const { workers: shown } = await test.farm.listWorkers();
  const online = shown.filter((each) => each.state === "online").map((each) => each.name);
  for (const given of assignments.filter((each) => !known.has(each.attemptId))) {
    const was = before.parts.get(given.partId)?.state;
    const queued = [...before.parts.values()].filter((part) =>
      part.jobId === given.jobId && part.kind === "video" && part.state === "queued"
    );
    const isRetry = was === "failed" || was === "ongoing";
    if (assignments.length === 1 && isRetry) {
      assertEquals(queued.length, 0, "the queue comes before what failed and what is in work");
    }
    const failedBy = before.failedBy.get(given.partId) ?? [];
    if (failedBy.includes(worker.name)) {
      const others = online.filter((name) => !failedBy.includes(name));
      assertEquals(others, [], "nobody gets what he failed while another could do it");
    }
  }
}

async function syncOrRegister(
  worker: TestWorker,
  change: { wanted: number },
): ReturnType<TestWorker["sync"]> {
  try {
    return await worker.sync(change);
  } catch (_unknown) {
    await worker.register();
    return await worker.sync(change);
  }
}

async function take(test: TestFarm, workers: readonly TestWorker[], step: Step): Promise<void> {
  switch (step.kind) {
    case "sync":
      return await syncAndJudge(test, workers, step);
    case "pass":
      await test.clock.advance(step.ms);
      return await test.lookAtDeadlines();
    case "master":
      return await test.restart();
    case "order":
      return await order(test, step.order);
  }
  const worker = workers[step.worker];
  assert(worker !== undefined);
  if (step.kind === "restart") {
    return await worker.restart(step.keeps ? [...worker.held.keys()] : []);
  }
  const [held] = worker.held.values();
  if (held === undefined) return;
  const { assignment } = held;
  if (step.kind === "progress") worker.progress(assignment, held.framesDone + 1);
  else if (step.kind === "fail") await worker.fail(assignment);
  else if (step.kind === "return") {
    await worker.report(assignment, { outcome: "returned", message: "The worker stops" });
  } else {
    const reply = await worker.succeed(assignment);
    if (step.isRepeated) assertEquals(await worker.succeed(assignment), reply);
  }
}

async function order(test: TestFarm, what: "pause" | "resume" | "cancel" | "retry"): Promise<void> {
  const by = { jobId: "j1", by: "anna" };
  const act = {
    pause: () => test.farm.pauseJob(by),
    resume: () => test.farm.resumeJob(by),
    cancel: () => test.farm.cancelJob(by),
    retry: () => test.farm.retryJob(by),
  }[what];
  try {
    await act();
  } catch (error) {
    const isRefused = error instanceof Error && "code" in error &&
      error.code === "invalid_transition";
    if (!isRefused) throw error;
  }
}

/** One healthy worker is left: everything that can be brought to an end must come to it. */
async function finish(test: TestFarm): Promise<void> {
  await order(test, "resume");
  await test.clock.advance(40_000);
  await test.lookAtDeadlines();
  const healthy = await test.worker("healthy");
  for (let round = 0; round < 300; round++) {
    await healthy.sync();
    for (const { assignment } of [...healthy.held.values()]) await healthy.succeed(assignment);
    await test.clock.advance(500);
    await test.lookAtDeadlines();
    const states = await Promise.all(JOBS.map((id) => test.farm.viewJob(id)));
    if (states.every((job) => job.state === "merging" || job.state === "failed")) return;
  }
  throw new Error("there is no progress with a healthy worker");
}

Deno.test("whatever happens to a farm, every frame has one part, every part in work an owner, and a healthy worker ends it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await withTestFarm(async (test) => {
        for (const id of JOBS) {
          await test.submit(id, { lengthFrames: LENGTH, hasAudio: id === "j2" });
        }
        const workers = [
          await test.worker("w0", { slots: 2 }),
          await test.worker("w1", { fps: 20 }),
          await test.worker("w2"),
        ];
        for (const each of steps) {
          await take(test, workers, each);
          await assertInvariants(test);
        }
        await finish(test);
        await assertInvariants(test);
      });
    }),
    { numRuns: 25, seed: 20_261_123 },
  );
});
