import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DomainError, HANG_MS_MIN } from "../core/mod.ts";
import { WorkerBench } from "../testing/mod.ts";
import type { FailedReport } from "../wire/mod.ts";
import type { RenderRequest } from "./part_renderer.ts";

/** A test with a bench that is always cleared away. */
function benchTest(
  name: string,
  run: (bench: WorkerBench) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const bench = await WorkerBench.open();
    try {
      await run(bench);
    } finally {
      await bench.close();
    }
  });
}

/** Parts that are ready in the same moment may start in any order; their reports keep it. */
function inOrderOfRender(bench: WorkerBench): string[] {
  return bench.renderer.renders.map((render) => `a${render.request.range.startFrame}`);
}

function isReported(bench: WorkerBench, ...attemptIds: string[]): boolean {
  return attemptIds.every((id) => bench.master.reported.includes(id));
}

function failureOf(bench: WorkerBench, attemptId: string): FailedReport {
  const report = bench.master.attempt(attemptId).reports.at(-1);
  assert(report?.outcome === "failed", `${attemptId} was not reported as failed`);
  return report;
}

benchTest("runWorker() fetches, renders and delivers parts", async (bench) => {
  await bench.start();
  for (const start of [0, 10, 20]) bench.master.queue(bench.part(start, 10));
  await bench.until(() => isReported(bench, "a0", "a10", "a20"), "three reports");
  assertEquals(bench.master.reported, inOrderOfRender(bench));
  for (const start of [0, 10, 20]) {
    const attempt = bench.master.attempt(`a${start}`);
    assertEquals([attempt.state, attempt.received], ["succeeded", bench.renderer.resultOf(start)]);
  }
  const report = bench.master.attempt("a0").reports[0];
  assert(report?.outcome === "succeeded");
  assertEquals([report.framesDone, report.renderMs, report.renderer], [10, 400, "fake 1.0"]);
  const [mediaPath = ""] = bench.renderer.renders[0]?.mediaPaths ?? [];
  assertStringIncludes(mediaPath, ".mov");
  assertEquals((await Deno.readFile(mediaPath)).length, 5_000);
  // Once per job, however many parts.
  assertEquals([bench.master.countCalls("getPlan"), bench.master.countCalls("getFile")], [1, 1]);
  await bench.until(() => bench.pinned === 0 && bench.listFolder("attempts").length === 0, "rest");
  await bench.until(() => bench.listFolder("outbox").length === 0, "an empty outbox");
});

benchTest("runWorker() leaves no gap between two parts on a slot", async (bench) => {
  await bench.start();
  for (const start of [0, 5, 10, 15, 20]) bench.master.queue(bench.part(start, 5));
  await bench.until(() => bench.master.reported.length === 5, "five reports");
  const { renders } = bench.renderer;
  const gaps = renders.slice(1).map((render, index) =>
    render.startedMs - (renders[index]?.endedMs ?? 0)
  );
  assertEquals(gaps, [0, 0, 0, 0]);
  // One when a slot comes free, one or two after the answer to it, and what begins and ends the job.
  const { length: syncCount } = bench.master.syncs;
  assert(syncCount <= 3 * 5 + 2, `five parts took ${syncCount} syncs`);
});

benchTest(
  "runWorker() asks for one part ahead of each slot and tells its progress",
  async (bench) => {
    await bench.start();
    await bench.until(() => bench.master.syncs.length > 0, "the first sync");
    assertEquals(
      [bench.master.syncs[0]?.wanted, bench.master.syncs[0]?.idleSlots],
      [2, 1],
    );
    for (const start of [0, 100, 200]) bench.master.queue(bench.part(start, 100));
    await bench.until(
      () => bench.master.syncs.at(-1)?.attempts.some((one) => one.framesDone > 40) === true,
      "progress",
    );
    const last = bench.master.syncs.at(-1);
    assertEquals([last?.wanted, last?.idleSlots, last?.attempts.length], [0, 0, 2]);
    assertEquals(last?.attempts.map((one) => one.phase).toSorted(), ["rendering", "waiting"]);
    const first = last?.attempts.find((one) => one.phase === "rendering");
    assert(first !== undefined && Math.abs(first.renderMs - first.framesDone * 40) <= 40);
    assertEquals(bench.progress?.slots[0]?.attempt?.attemptId, first.attemptId);
    assertEquals(bench.progress?.others.map((one) => one.phase), ["waiting"]);
    assert(bench.master.syncsAtOnceMax <= 2);
  },
);

benchTest("runWorker() does not poll while it is idle", async (bench) => {
  await bench.start();
  await bench.until(() => bench.master.syncs.length > 0, "the first sync");
  await bench.clock.advance(100_000);
  assertEquals(bench.master.syncs.length, 5);
  assertEquals(bench.master.countCalls("registerWorker"), 1);
});

benchTest("runWorker() renders on while the master is away and loses nothing", async (bench) => {
  await bench.start();
  bench.master.queue(bench.part(0, 20));
  bench.master.queue(bench.part(20, 20));
  await bench.until(() => bench.renderer.runningCount === 1, "the first render");
  bench.master.goAway();
  await bench.until(
    () => bench.renderer.renders.length === 2 && bench.renderer.runningCount === 0,
    "both renders",
  );
  await bench.until(() => bench.listFolder("outbox").length === 4, "both results on disk");
  await bench.clock.advance(60_000);
  assertEquals(bench.master.reported, []);
  bench.master.comeBack();
  bench.master.queue(bench.part(40, 5));
  await bench.until(() => bench.master.reported.length === 3, "all reports");
  assertEquals(bench.master.reported, inOrderOfRender(bench));
  assertEquals(bench.renderer.renders.length, 3);
});

Deno.test("runWorker() resumes an upload that an absent master cut off", async () => {
  const bench = await WorkerBench.open({ resultBytes: 20 * 1024 * 1024 });
  try {
    await bench.start();
    bench.master.queue(bench.part(0, 2));
    bench.master.loseNextAnswer("uploadPiece");
    await bench.until(() => bench.master.attempt("a0").received.length > 0, "the first piece");
    bench.master.goAway();
    await bench.clock.advance(20_000);
    bench.master.comeBack();
    await bench.until(() => isReported(bench, "a0"), "the report");
    assertEquals(bench.master.attempt("a0").state, "succeeded");
    // The piece whose answer was lost is not sent again.
    assertEquals(bench.master.countCalls("uploadPiece"), 3);
  } finally {
    await bench.close();
  }
});

Deno.test("runWorker() settles an upload conflict by asking what is there", async () => {
  const bench = await WorkerBench.open({ resultBytes: 20 * 1024 * 1024 });
  try {
    await bench.start();
    bench.master.queue(bench.part(0, 2));
    bench.master.failNext("uploadPiece", { code: "upload_conflict", times: 2 });
    await bench.until(() => isReported(bench, "a0"), "the report");
    assertEquals(bench.master.attempt("a0").state, "succeeded");
    assertEquals(bench.master.countCalls("uploadStatus"), 3);
  } finally {
    await bench.close();
  }
});

benchTest("runWorker() renders a part once whose answer was lost", async (bench) => {
  await bench.start();
  await bench.until(() => bench.master.syncs.length > 0, "the first sync");
  bench.master.loseNextAnswer("syncWorker", 2);
  bench.master.queue(bench.part(0, 20));
  await bench.until(() => isReported(bench, "a0"), "the report");
  assert(bench.master.handedOut.length >= 2, "it was handed out once only");
  assertEquals(bench.renderer.renders.length, 1);
});

benchTest("runWorker() delivers a report again whose answer was lost", async (bench) => {
  await bench.start();
  bench.master.loseNextAnswer("reportAttempt", 2);
  bench.master.queue(bench.part(0, 5));
  await bench.until(() => bench.listFolder("outbox").length > 0, "the result");
  await bench.until(() => bench.listFolder("outbox").length === 0, "the acknowledgement");
  assertEquals(bench.master.attempt("a0").state, "succeeded");
  assertEquals(bench.renderer.renders.length, 1);
});

benchTest("runWorker() kills a cancelled render at once and takes the next part", async (bench) => {
  await bench.start();
  bench.master.queue(bench.part(0, 1_000));
  await bench.until(() => bench.renderer.runningCount === 1, "the render");
  bench.master.queue(bench.part(2_000, 5));
  const cancelledMs = bench.clock.monotonicMs();
  bench.master.end("a0", "superseded");
  await bench.until(() => isReported(bench, "a2000"), "the next part");
  const [killed] = bench.renderer.rendersOf(0);
  assertEquals(killed?.endedBy, "signal");
  assert((killed?.endedMs ?? Infinity) - cancelledMs < 50);
  assertEquals(bench.master.attempt("a0").reports, []);
  await bench.until(() => bench.listFolder("outbox").length === 0, "an empty outbox");
});

benchTest("runWorker() drops a finished result that is not wanted any more", async (bench) => {
  await bench.start();
  bench.master.queue(bench.part(0, 5));
  await bench.until(() => bench.renderer.runningCount === 1, "the render");
  bench.master.goAway();
  await bench.until(() => bench.listFolder("outbox").length === 2, "the result");
  bench.master.attempt("a0").state = "superseded";
  bench.master.comeBack();
  await bench.until(() => bench.listFolder("outbox").length === 0, "an empty outbox");
  await bench.until(() => bench.master.syncs.at(-1)?.attempts.length === 0, "nothing in hand");
  assertEquals(bench.master.reported, []);
});

benchTest("runWorker() delivers what its last run finished", async (bench) => {
  await bench.start();
  bench.master.queue(bench.part(0, 5));
  bench.master.queue(bench.part(5, 5));
  await bench.until(() => bench.renderer.runningCount === 1, "the render");
  bench.master.goAway();
  await bench.until(() => bench.listFolder("outbox").length === 4, "both results");
  bench.stop();
  assertEquals(await bench.ended(), "stopped");
  bench.master.comeBack();
  const syncsBefore = bench.master.syncs.length;
  await bench.start();
  await bench.until(() => bench.master.reported.length === 2, "both reports");
  const order = inOrderOfRender(bench);
  assertEquals(
    bench.master.syncs[syncsBefore]?.attempts.map((one) => [one.attemptId, one.phase]),
    order.map((id) => [id, "uploading"]),
  );
  assertEquals(bench.master.reported, order);
  assertEquals(bench.renderer.renders.length, 2);
  await bench.until(() => bench.listFolder("outbox").length === 0, "an empty outbox");
});

benchTest("runWorker() drops what its last run finished and nobody wants", async (bench) => {
  await bench.start();
  bench.master.queue(bench.part(0, 5));
  await bench.until(() => bench.renderer.runningCount === 1, "the render");
  bench.master.goAway();
  await bench.until(() => bench.listFolder("outbox").length === 2, "the result");
  bench.stop();
  await bench.ended();
  bench.master.attempt("a0").state = "cancelled";
  bench.master.comeBack();
  await bench.start();
  await bench.until(() => bench.listFolder("outbox").length === 0, "an empty outbox");
  assertEquals(bench.master.reported, []);
});

benchTest("runWorker() drains: finishes its render, gives back the rest", async (bench) => {
  await bench.start();
  for (const start of [0, 50, 100]) bench.master.queue(bench.part(start, 50));
  await bench.until(() => bench.master.handedOut.flat().length === 2, "two parts");
  await bench.until(() => bench.renderer.runningCount === 1, "the render");
  bench.drain();
  assertEquals(await bench.ended(), "drained");
  const states = ["a0", "a50", "a100"].map((id) => bench.master.attempt(id).state);
  assertEquals(states.toSorted(), ["queued", "returned", "succeeded"]);
  assertEquals(bench.renderer.renders.map((render) => render.endedBy), ["exit"]);
  const last = bench.master.syncs.at(-1);
  assertEquals([last?.isDraining, last?.wanted, last?.attempts], [true, 0, []]);
  assertEquals(bench.listFolder("attempts"), []);
});

benchTest("runWorker() drains only after its result is delivered", async (bench) => {
  await bench.start();
  bench.master.queue(bench.part(0, 20));
  await bench.until(() => bench.renderer.runningCount === 1, "the render");
  bench.master.goAway();
  bench.drain();
  await bench.until(() => bench.renderer.runningCount === 0, "the render's end");
  await bench.clock.advance(30_000);
  assertEquals(bench.outcome, undefined);
  bench.master.comeBack();
  assertEquals(await bench.ended(), "drained");
  assertEquals(bench.master.attempt("a0").state, "succeeded");
});

benchTest("runWorker() stops at once: kills its render and gives it back", async (bench) => {
  await bench.start();
  bench.master.queue(bench.part(0, 1_000));
  bench.master.queue(bench.part(1_000, 1_000));
  await bench.until(() => bench.renderer.runningCount === 1, "the render");
  bench.drain();
  bench.stop();
  const stoppedMs = bench.clock.monotonicMs();
  assertEquals(await bench.ended(), "stopped");
  assert(bench.clock.monotonicMs() - stoppedMs <= 2_100);
  assertEquals(bench.renderer.renders.map((render) => render.endedBy), ["signal"]);
  const states = ["a0", "a1000"].map((id) => bench.master.attempt(id).state);
  assertEquals(states, ["returned", "returned"]);
  assertEquals([bench.listFolder("attempts"), bench.listFolder("outbox")], [[], []]);
});

benchTest("runWorker() stops within its time though the master is away", async (bench) => {
  await bench.start();
  bench.master.queue(bench.part(0, 1_000));
  await bench.until(() => bench.renderer.runningCount === 1, "the render");
  bench.master.goAway();
  bench.stop();
  const stoppedMs = bench.clock.monotonicMs();
  assertEquals(await bench.ended(), "stopped");
  assert(bench.clock.monotonicMs() - stoppedMs <= 2_100);
  assertEquals(bench.renderer.renders.map((render) => render.endedBy), ["signal"]);
});

benchTest("runWorker() reports a failed render with its code and last words", async (bench) => {
  await bench.start();
  bench.renderer.setTrouble(0, {
    kind: "fail",
    afterFrames: 3,
    error: new DomainError("render_failed", "Cannot render frames 0 to 10: melt ended with 1", {
      details: { logTail: "[producer] cannot open a.mov\n" },
    }),
  });
  bench.master.queue(bench.part(0, 10));
  bench.master.queue(bench.part(10, 10));
  await bench.until(() => isReported(bench, "a0", "a10"), "both reports");
  assertEquals(failureOf(bench, "a0"), {
    outcome: "failed",
    code: "render_failed",
    message: "Cannot render frames 0 to 10: melt ended with 1",
    logTail: "[producer] cannot open a.mov\n",
    framesDone: 3,
  });
  assertEquals(bench.master.attempt("a10").state, "succeeded");
});

benchTest("runWorker() names a full disk and goes on", async (bench) => {
  await bench.start();
  const full = new Error("No space left on device (os error 28)");
  bench.renderer.setTrouble(0, { kind: "fail", error: full });
  bench.renderer.setTrouble(10, {
    kind: "fail",
    error: new DomainError("render_failed", "Cannot render: melt ended with 1", {
      details: { logTail: "av_write_frame: No space left on device\n" },
    }),
  });
  for (const start of [0, 10, 20]) bench.master.queue(bench.part(start, 10));
  await bench.until(() => isReported(bench, "a0", "a10", "a20"), "all reports");
  for (const id of ["a0", "a10"]) {
    assertEquals(failureOf(bench, id).code, "disk_full");
    assertStringIncludes(failureOf(bench, id).message, "Free space on the worker's disk");
  }
  assertEquals(bench.master.attempt("a20").state, "succeeded");
});

benchTest("runWorker() kills and reports a render that hangs", async (bench) => {
  await bench.start();
  bench.renderer.setTrouble(0, { kind: "hang", afterFrames: 5 });
  bench.master.queue(bench.part(0, 10));
  await bench.until(() => bench.renderer.runningCount === 1, "the render");
  await bench.clock.advance(HANG_MS_MIN + 5_000);
  await bench.until(() => isReported(bench, "a0"), "the report");
  assertEquals([failureOf(bench, "a0").code, failureOf(bench, "a0").framesDone], [
    "render_hung",
    5,
  ]);
  const [hung] = bench.renderer.renders;
  const tookMs = (hung?.endedMs ?? 0) - (hung?.startedMs ?? 0);
  assert(tookMs >= HANG_MS_MIN && tookMs <= HANG_MS_MIN + 3_000, `it took ${tookMs} ms`);
});

benchTest("runWorker() registers again when the master has forgotten it", async (bench) => {
  await bench.start();
  bench.master.queue(bench.part(0, 50));
  await bench.until(() => bench.renderer.runningCount === 1, "the render");
  bench.master.forgetWorkers();
  await bench.until(() => isReported(bench, "a0"), "the report");
  assertEquals(bench.master.countCalls("registerWorker"), 2);
  assertEquals(bench.renderer.renders.length, 1);
});

benchTest(
  "runWorker() ends with the reason when it is refused, its render killed",
  async (bench) => {
    await bench.start();
    bench.master.queue(bench.part(0, 1_000));
    await bench.until(() => bench.renderer.runningCount === 1, "the render");
    bench.master.failNext("syncWorker", { code: "identity_refused", times: 100 });
    const outcome = await bench.ended();
    assert(outcome instanceof DomainError);
    assertEquals(outcome.code, "identity_refused");
    assertEquals(bench.renderer.renders.map((render) => render.endedBy), ["signal"]);
  },
);

benchTest("runWorker() waits for a master that is not there yet", async (bench) => {
  bench.master.goAway();
  await bench.start();
  await bench.clock.advance(120_000);
  assertEquals(bench.outcome, undefined);
  bench.master.comeBack();
  bench.master.queue(bench.part(0, 5));
  await bench.until(() => isReported(bench, "a0"), "the report");
});

benchTest("runWorker() waits for the media of an absent master", async (bench) => {
  await bench.start();
  bench.master.failNext("getFile", { code: "db_busy", times: 3 });
  bench.master.queue(bench.part(0, 5));
  await bench.until(() => bench.master.countCalls("getFile") > 1, "the first try");
  bench.master.goAway();
  await bench.clock.advance(60_000);
  bench.master.comeBack();
  await bench.until(() => isReported(bench, "a0"), "the report");
  assertEquals(bench.master.attempt("a0").state, "succeeded");
});

benchTest("runWorker() reports a result as failed that the master will not take", async (bench) => {
  await bench.start();
  bench.master.failNext("uploadPiece", { code: "too_large" });
  bench.master.queue(bench.part(0, 5));
  await bench.until(() => isReported(bench, "a0"), "the report");
  assertEquals(failureOf(bench, "a0").code, "too_large");
  await bench.until(() => bench.listFolder("outbox").length === 0, "an empty outbox");
});

Deno.test("runWorker() keeps all of its slots busy", async () => {
  const bench = await WorkerBench.open({ slots: 3 });
  try {
    await bench.start();
    for (let part = 0; part < 9; part++) bench.master.queue(bench.part(part * 10, 10));
    await bench.until(() => bench.renderer.runningCount === 3, "three renders");
    assertEquals(bench.progress?.slots.length, 3);
    await bench.until(() => bench.master.reported.length === 9, "nine reports");
    assertEquals(bench.renderer.renders.length, 9);
    const startedMs = Math.min(...bench.renderer.renders.map((render) => render.startedMs));
    const endedMs = Math.max(...bench.renderer.renders.map((render) => render.endedMs ?? 0));
    assert(endedMs - startedMs < 1_250, `three rounds of 400 ms took ${endedMs - startedMs} ms`);
  } finally {
    await bench.close();
  }
});

benchTest(
  "runWorker() reports a result that its own check refuses, and sends nothing of it",
  async (bench) => {
    const checked: string[] = [];
    Object.assign(bench.renderer, {
      checkResult(kind: string, request: RenderRequest): Promise<void> {
        checked.push(`${kind} ${request.range.startFrame}`);
        return request.range.startFrame === 10
          ? Promise.reject(new DomainError("result_rejected", "Cannot use it: it does not decode"))
          : Promise.resolve();
      },
    });
    await bench.start();
    for (const start of [0, 10]) bench.master.queue(bench.part(start, 5));
    await bench.until(() => isReported(bench, "a0", "a10"), "two reports");
    assertEquals(failureOf(bench, "a10").code, "result_rejected");
    assertEquals(bench.master.attempt("a10").received.length, 0);
    assertEquals(bench.master.attempt("a0").state, "succeeded");
    assertEquals(checked.toSorted(), ["video 0", "video 10"]);
  },
);
