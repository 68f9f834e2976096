import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ATTEMPTS_PER_PART_MAX, type FrameRange } from "../../core/mod.ts";
import { beginProgress, chooseWork, mayWorkOn } from "./mod.ts";
import type { Decision, JobSnapshot, NoWork, Speed, WorkerSnapshot, WorkQuery } from "./mod.ts";
import { simulate } from "./simulated_farm_test.ts";
import type { FarmState, SimulatedFarm, SimulatedWorker } from "./simulated_job_test.ts";

const SEED = 20_261_123;
const NOW_MS = 100_000;

interface WorkerFacts extends Partial<WorkerSnapshot> {
  readonly fps?: number;
  readonly isMeasured?: boolean;
}

function makeWorker(name: string, facts: WorkerFacts = {}): WorkerSnapshot {
  const { fps = 100, isMeasured = true, ...rest } = facts;
  const speed: Speed = { fps, startMs: 300, isMeasured };
  return {
    name,
    abilities: { renderers: [{ id: "melt" }], encoders: ["libx264"], services: [] },
    slots: 1,
    isDraining: false,
    speedOf: () => speed,
    ...rest,
  };
}

function makeJob(facts: Partial<JobSnapshot> = {}): JobSnapshot {
  return {
    id: "job",
    priority: 50,
    createdAtMs: 0,
    minPartMs: 4_000,
    maxPartMs: 90_000,
    requirements: { renderer: "melt", encoders: ["libx264"], services: [] },
    queued: [],
    failed: [],
    ongoing: [],
    setAside: [],
    ...facts,
  };
}

interface OngoingFacts {
  readonly range?: FrameRange;
  readonly framesDone?: number;
  /** How long it has rendered, milliseconds. */
  readonly renderMs?: number;
  /** How long ago the last frame was reported, milliseconds. */
  readonly silentMs?: number;
}

function makeOngoing(
  names: readonly string[],
  facts: OngoingFacts = {},
): JobSnapshot["ongoing"][number] {
  const { framesDone = 0, renderMs = 0, silentMs = 0 } = facts;
  const { range = { startFrame: 0, endFrame: 1_000 } } = facts;
  return {
    partId: `part of ${names.join(" and ")}`,
    kind: "video",
    range,
    failedWorkers: [],
    attempts: names.map((worker) => ({
      ...beginProgress(NOW_MS - silentMs),
      attemptId: `attempt of ${worker}`,
      worker,
      stage: "rendering" as const,
      startedAtMs: NOW_MS - silentMs - renderMs,
      expectedFps: 100,
      framesDone,
      renderMs,
    })),
  };
}

function ask(
  jobs: readonly JobSnapshot[],
  workers: readonly WorkerSnapshot[],
  facts: Partial<WorkQuery> = {},
): Decision | NoWork {
  const worker = workers[0]?.name ?? "";
  return chooseWork({ nowMs: NOW_MS, worker, isSlotIdle: true, jobs, workers, ...facts });
}

const LOST = {
  partId: "lost",
  kind: "video",
  range: { startFrame: 0, endFrame: 200 },
  failedWorkers: [],
} as const;

Deno.test("chooseWork() takes from the queue before failed parts, from failed parts before ongoing ones", () => {
  const workers = [makeWorker("a"), makeWorker("b", { fps: 5 })];
  const ongoing = [makeOngoing(["b"], { framesDone: 1, renderMs: 500 })];
  const queued = [{ startFrame: 1_000, endFrame: 2_000 }];
  assertEquals(ask([makeJob({ queued, failed: [LOST], ongoing })], workers).kind, "carve");
  assertEquals(ask([makeJob({ failed: [LOST], ongoing })], workers).kind, "retry");
  assertEquals(ask([makeJob({ ongoing })], workers).kind, "second");
});

Deno.test("chooseWork() takes work of any job before a second attempt", () => {
  const workers = [makeWorker("a"), makeWorker("b", { fps: 5 })];
  const stuck = makeJob({ id: "first", priority: 90, ongoing: [makeOngoing(["b"])] });
  const waiting = makeJob({ id: "second", queued: [{ startFrame: 0, endFrame: 9_000 }] });
  const choice = ask([waiting, stuck], workers);
  assert(choice.kind === "carve" && choice.jobId === "second");
});

Deno.test("chooseWork() takes the job of higher priority, then the older one, and none that is paused", () => {
  const queued = [{ startFrame: 0, endFrame: 9_000 }];
  const old = makeJob({ id: "old", queued });
  const young = makeJob({ id: "young", createdAtMs: 5, queued });
  const urgent = makeJob({ id: "urgent", createdAtMs: 9, priority: 60, queued });
  const paused = makeJob({ id: "paused", priority: 99, queued, isPaused: true });
  const idOf = (jobs: readonly JobSnapshot[]): string => {
    const choice = ask(jobs, [makeWorker("a")]);
    return choice.kind === "nothing" ? "" : choice.jobId;
  };
  assertEquals(idOf([young, old, urgent, paused]), "urgent");
  assertEquals(idOf([young, old, paused]), "old");
  assertEquals(idOf([paused]), "");
});

Deno.test("chooseWork() skips a job that the worker cannot do or is set aside for", () => {
  const queued = [{ startFrame: 0, endFrame: 9_000 }];
  const requirements = { renderer: "melt", encoders: ["prores_ks"], services: [] };
  for (const job of [makeJob({ queued, requirements }), makeJob({ queued, setAside: ["a"] })]) {
    const choice = ask([job], [makeWorker("a")]);
    assert(choice.kind === "nothing" && choice.askAgainInMs === undefined);
  }
});

Deno.test("chooseWork() gives nothing to a worker that drains, and throws for one that is not online", () => {
  const jobs = [makeJob({ queued: [{ startFrame: 0, endFrame: 9_000 }] })];
  assertEquals(ask(jobs, [makeWorker("a", { isDraining: true })]).kind, "nothing");
  assertThrows(() => ask(jobs, [makeWorker("a")], { worker: "b" }), Error, "without being online");
});

Deno.test("chooseWork() gives a worker what it failed itself only if nobody else is there to do it", () => {
  const jobs = [makeJob({ failed: [{ ...LOST, failedWorkers: ["a"] }] })];
  assertEquals(ask(jobs, [makeWorker("a"), makeWorker("b")]).kind, "nothing");
  assertEquals(ask(jobs, [makeWorker("a")]).kind, "retry");
  const draining = makeWorker("b", { isDraining: true });
  assertEquals(ask(jobs, [makeWorker("a"), draining]).kind, "retry");
});

Deno.test("chooseWork() gives no second attempt to a worker that has or failed the part, nor a third to anyone", () => {
  const slow = makeWorker("b", { fps: 5 });
  const stuck = makeOngoing(["b"], { silentMs: 60_000 });
  const jobs = [makeJob({ ongoing: [stuck] })];
  assertEquals(ask(jobs, [makeWorker("a"), slow]).kind, "second");
  assertEquals(ask(jobs, [makeWorker("b", { slots: 2 })]).kind, "nothing");
  const failed = [makeJob({ ongoing: [{ ...stuck, failedWorkers: ["a"] }] })];
  assertEquals(ask(failed, [makeWorker("a"), slow]).kind, "nothing");
  const twice = [makeJob({ ongoing: [makeOngoing(["b", "c"], { silentMs: 60_000 })] })];
  assertEquals(ask(twice, [makeWorker("a"), slow, makeWorker("c")]).kind, "nothing");
});

Deno.test("chooseWork() tries the part a second time that would end last, if this worker beats it", () => {
  const workers = [makeWorker("a"), makeWorker("b", { fps: 10 }), makeWorker("c", { fps: 5 })];
  const soon = makeOngoing(["b"], { framesDone: 900, renderMs: 90_300 });
  const late = makeOngoing(["c"], { framesDone: 450, renderMs: 90_300 });
  const choice = ask([makeJob({ ongoing: [soon, late] })], workers);
  assert(choice.kind === "second" && choice.partId === late.partId);
  const nearlyDone = makeOngoing(["c"], { framesDone: 990, renderMs: 198_300 });
  assertEquals(ask([makeJob({ ongoing: [nearlyDone] })], workers).kind, "nothing");
});

Deno.test("chooseWork() leaves a second attempt to a faster worker that is about to be free", () => {
  const stuck = makeOngoing(["c"], { silentMs: 60_000 });
  const busy = makeOngoing(["b"], { framesDone: 900, renderMs: 9_300 });
  const jobs = [makeJob({ ongoing: [stuck, busy] })];
  const workers = [makeWorker("a", { fps: 10 }), makeWorker("b"), makeWorker("c")];
  assertEquals(ask(jobs, workers).kind, "nothing");
  assertEquals(ask(jobs, workers, { worker: "b" }).kind, "second");
});

Deno.test("chooseWork() hands out ahead of need shortly before a slot comes free, and says when", () => {
  const queued = [{ startFrame: 1_000, endFrame: 50_000 }];
  const early = makeOngoing(["a"], { framesDone: 100, renderMs: 1_300 });
  const sooner = ask([makeJob({ queued, ongoing: [early] })], [makeWorker("a")], {
    isSlotIdle: false,
  });
  assert(sooner.kind === "nothing" && sooner.askAgainInMs !== undefined);
  assert(sooner.askAgainInMs > 6_000 && sooner.askAgainInMs < 8_000);
  const late = makeOngoing(["a"], { framesDone: 900, renderMs: 9_300 });
  const then = ask([makeJob({ queued, ongoing: [late] })], [makeWorker("a")], {
    isSlotIdle: false,
  });
  assertEquals(then.kind, "carve");
});

Deno.test("chooseWork() hands nothing out ahead of need at the end of a job, nor before a speed is known", () => {
  const ongoing = [makeOngoing(["a"], { framesDone: 900, renderMs: 9_300 })];
  const asked = { isSlotIdle: false };
  const last = makeJob({ ongoing, queued: [{ startFrame: 1_000, endFrame: 1_200 }] });
  assertEquals(ask([last], [makeWorker("a"), makeWorker("b")], asked).kind, "nothing");
  const long = makeJob({ ongoing, queued: [{ startFrame: 1_000, endFrame: 90_000 }] });
  assertEquals(ask([long], [makeWorker("a", { isMeasured: false })], asked).kind, "nothing");
});

Deno.test("chooseWork() gives the sound to the slower half, to anyone when little is left", () => {
  const workers = [makeWorker("slow", { fps: 10 }), makeWorker("fast", { fps: 100 })];
  const long = makeJob({ queued: [{ startFrame: 0, endFrame: 90_000 }], queuedAudioPartId: "s" });
  assertEquals(ask([long], workers, { worker: "fast" }).kind, "carve");
  assertEquals(ask([long], workers, { worker: "slow" }).kind, "audio");
  const short = makeJob({ queued: [{ startFrame: 0, endFrame: 900 }], queuedAudioPartId: "s" });
  assertEquals(ask([short], workers, { worker: "fast" }).kind, "audio");
});

/** Farms with faults, of which at least one worker stays well. */
function arbitraryFarm(): fc.Arbitrary<SimulatedFarm> {
  const worker = fc.record({
    fps: fc.integer({ min: 2, max: 300 }),
    startMs: fc.integer({ min: 0, max: 3_000 }),
    slots: fc.integer({ min: 1, max: 3 }),
    belief: fc.option(fc.double({ min: 0.2, max: 5, noNaN: true })),
    fate: fc.constantFrom("well", "killed", "hung", "late", "slow"),
    atMs: fc.integer({ min: 0, max: 60_000 }),
  });
  return fc.record({
    frames: fc.integer({ min: 1, max: 20_000 }),
    hasSound: fc.boolean(),
    workers: fc.array(worker, { minLength: 0, maxLength: 6 }),
  }).map(({ frames, hasSound, workers }): SimulatedFarm => {
    const well: SimulatedWorker = { name: "well", fps: 60, startMs: 300 };
    const others = workers.map(({ fps, startMs, slots, belief, fate, atMs }, index) => ({
      name: `w${index}`,
      fps,
      startMs,
      slots,
      ...(belief === null ? {} : { remembered: { fps: fps * belief, startMs, sampleCount: 3 } }),
      ...(fate === "killed" ? { killAtMs: atMs, noticeMs: 10_000 } : {}),
      ...(fate === "hung" ? { hangAtMs: atMs } : {}),
      ...(fate === "late" ? { joinAtMs: atMs } : {}),
      ...(fate === "slow" ? { slowAtMs: atMs, slowFactor: 8 } : {}),
    }));
    return { frames, workers: [well, ...others], ...(hasSound ? { audioFrames: 600 } : {}) };
  });
}

/** What must hold of a decision, whatever happened before. */
function checkDecision(decision: Decision, state: FarmState): void {
  const { worker, queued, failed, ongoing } = state;
  if (decision.kind === "carve") {
    const [first] = queued;
    assert(first !== undefined && decision.range.startFrame === first.startFrame);
    assert(decision.range.startFrame < decision.range.endFrame);
    assert(decision.range.endFrame <= first.endFrame);
  }
  if (decision.kind === "retry") {
    assertEquals(queued.length, 0, "the queue comes first");
    const part = failed.find((each) => each.partId === decision.partId);
    assert(part !== undefined);
    const { range = part.range } = decision;
    assert(range.startFrame === part.range.startFrame && range.endFrame <= part.range.endFrame);
    assert(range.startFrame < range.endFrame);
  }
  if (decision.kind === "second") {
    assertEquals(queued.length, 0, "the queue comes first");
    assert(state.isSlotIdle, "a second attempt is for an idle slot");
    const part = ongoing.find((each) => each.partId === decision.partId);
    assert(part !== undefined && part.attempts.length < ATTEMPTS_PER_PART_MAX);
    assert(!part.attempts.some((attempt) => attempt.worker === worker), "not the same worker");
    assert(!part.failedWorkers.includes(worker), "not who failed it");
  }
}

Deno.test("chooseWork() keeps its rules and ends every job while one capable worker lives", () => {
  fc.assert(
    fc.property(arbitraryFarm(), (farm) => {
      const covered = new Uint8Array(farm.frames);
      const end = simulate({
        ...farm,
        onDecision: (decision, state) => {
          checkDecision(decision, state);
          if (decision.kind !== "carve") return;
          for (let frame = decision.range.startFrame; frame < decision.range.endFrame; frame++) {
            covered[frame] = (covered[frame] ?? 0) + 1;
          }
        },
      });
      // Hung workers fail parts until nobody else may take them: such a job may fail, never stand still.
      const hung = farm.workers.filter((worker) => worker.hangAtMs !== undefined).length;
      assert(!end.isFailed || hung >= 2, "a healthy worker ends the job");
      if (!end.isFailed) assert(covered.every((count) => count === 1), "each frame is carved once");
    }),
    { numRuns: 150, seed: SEED },
  );
});

Deno.test("chooseWork() answers any snapshot with what the rules allow", () => {
  const name = fc.constantFrom("a", "b", "c");
  const failedPart = fc.record({
    partId: fc.uuid(),
    kind: fc.constantFrom("video" as const, "audio" as const),
    range: fc.constant({ startFrame: 0, endFrame: 500 }),
    failedWorkers: fc.uniqueArray(name),
  });
  const ongoing = fc.tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 2 }), fc.nat(60_000))
    .map(([names, silentMs]) => makeOngoing(names, { silentMs }));
  const job = fc.record({
    id: fc.uuid(),
    priority: fc.nat(3),
    createdAtMs: fc.nat(3),
    isPaused: fc.boolean(),
    workflow: fc.constantFrom("split" as const, "full" as const),
    queued: fc.constantFrom([], [{ startFrame: 0, endFrame: 30 }], [{
      startFrame: 5,
      endFrame: 9_000,
    }]),
    queuedAudioPartId: fc.constantFrom(undefined, "sound"),
    failed: fc.array(failedPart, { maxLength: 2 }),
    ongoing: fc.array(ongoing, { maxLength: 2 }),
    setAside: fc.uniqueArray(name, { maxLength: 1 }),
    onProbation: fc.uniqueArray(name, { maxLength: 2 }),
  }).map((facts) => makeJob(facts));
  const worker = (each: string): fc.Arbitrary<WorkerSnapshot> =>
    fc.record({
      fps: fc.integer({ min: 1, max: 200 }),
      isMeasured: fc.boolean(),
      slots: fc.integer({ min: 1, max: 2 }),
    })
      .map((facts) => makeWorker(each, facts));
  fc.assert(
    fc.property(
      fc.array(job, { maxLength: 4 }),
      fc.tuple(worker("a"), worker("b"), worker("c")),
      fc.boolean(),
      (jobs, workers, isSlotIdle) => {
        const choice = ask(jobs, workers, { isSlotIdle });
        if (choice.kind === "nothing") {
          assert((choice.askAgainInMs ?? 1) >= 1);
          return;
        }
        const chosen = jobs.find((each) => each.id === choice.jobId);
        const [asking] = workers;
        assert(chosen !== undefined && chosen.isPaused !== true && mayWorkOn(asking, chosen));
        assert(choice.reason !== "");
        if (choice.kind === "retry" || choice.kind === "second") {
          assertEquals(chosen.queued.length, 0, "the queue comes first");
        }
        if (choice.kind === "second") {
          assert(isSlotIdle);
          const part = chosen.ongoing.find((each) => each.partId === choice.partId);
          assertEquals(part?.attempts.length, 1);
          assert(part?.attempts[0]?.worker !== "a");
        }
      },
    ),
    { numRuns: 2_000, seed: SEED },
  );
});

Deno.test("chooseWork() always has work for one of those that stand idle while there is any", () => {
  const speed = fc.record({
    fps: fc.double({ min: 0.5, max: 500, noNaN: true }),
    startMs: fc.integer({ min: 0, max: 5_000 }),
    isMeasured: fc.boolean(),
  });
  // Few frames too, so that nobody's share is worth a start.
  const range = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 3_000 }))
    .map((endFrame) => ({ startFrame: 0, endFrame }));
  const names = ["a", "b", "c", "d", "e", "f"];
  const name = fc.constantFrom(...names);
  fc.assert(
    fc.property(
      fc.array(speed, { minLength: 1, maxLength: names.length }),
      fc.array(range, { maxLength: 1 }),
      fc.array(fc.tuple(range, fc.uniqueArray(name)), { maxLength: 3 }),
      fc.uniqueArray(name),
      (speeds, queued, failures, onProbation) => {
        fc.pre(queued.length + failures.length > 0);
        const workers = speeds.map((each, index) =>
          makeWorker(names[index] ?? "", { speedOf: () => each })
        );
        const failed = failures.map(([failedRange, failedWorkers], index) => ({
          partId: `${index}`,
          kind: "video" as const,
          range: failedRange,
          failedWorkers,
        }));
        const jobs = [makeJob({ queued, failed, onProbation })];
        const kinds = workers.map(({ name: worker }) => ask(jobs, workers, { worker }).kind);
        assert(kinds.some((kind) => kind !== "nothing"), "somebody has work");
      },
    ),
    { numRuns: 3_000, seed: SEED },
  );
});
