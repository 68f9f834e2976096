import { assert, assertEquals } from "@std/assert";
import { HANG_MS_MIN } from "../../core/mod.ts";
import { type AttemptFacts, estimateEnd, isHung, isStalled } from "./estimate_end.ts";
import { HANG_GRACE_MS } from "./limits.ts";
import { beginProgress, noteProgress, type Progress } from "./progress.ts";
import type { AttemptSnapshot } from "./snapshot.ts";

const SPEED = { fps: 100, startMs: 300, isMeasured: true };

function factsOf(facts: Partial<AttemptSnapshot>, nowMs: number): AttemptFacts {
  const attempt: AttemptSnapshot = {
    ...beginProgress(0),
    attemptId: "a",
    worker: "w",
    stage: "rendering",
    startedAtMs: 0,
    expectedFps: 100,
    ...facts,
  };
  return { attempt, frames: 1_000, speed: SPEED, nowMs };
}

Deno.test("estimateEnd() expects what was expected before the first frame", () => {
  assertEquals(estimateEnd(factsOf({}, 100)), 10_300);
});

Deno.test("estimateEnd() believes the attempt's own speed more and more", () => {
  const early = estimateEnd(
    factsOf({ framesDone: 50, renderMs: 1_300, progressAtMs: 1_300 }, 1_300),
  );
  const late = estimateEnd(
    factsOf({ framesDone: 500, renderMs: 10_300, progressAtMs: 10_300 }, 10_300),
  );
  // Half as fast as expected: 19 s and 10 s to go by its own speed, 9.5 s and 5 s by the expected one.
  assert(early > 1_300 + 9_500 && early < 1_300 + 14_000, `${early}`);
  assert(late > 10_300 + 8_000 && late < 10_300 + 10_000, `${late}`);
});

Deno.test("estimateEnd() goes by what frames took lately where scenes differ", () => {
  const facts = { framesDone: 500, renderMs: 10_300, progressAtMs: 10_300 };
  const slower = estimateEnd(factsOf({ ...facts, recentMsPerFrame: 80 }, 10_300));
  assert(slower > 10_300 + 30_000, `${slower}`);
});

Deno.test("estimateEnd() takes one that is overdue to stay so for as long as it has been", () => {
  const facts = factsOf({ framesDone: 950, renderMs: 9_800, progressAtMs: 9_800 }, 12_300);
  const endMs = estimateEnd(facts);
  assert(endMs > 14_000 && endMs < 15_000, `${endMs}`);
});

Deno.test("isStalled() goes by the render's own speed, and gives the first frame more time", () => {
  const done = { framesDone: 10, renderMs: 1_000, progressAtMs: 1_000 };
  assertEquals(isStalled(factsOf(done, 7_000)), false);
  assertEquals(isStalled(factsOf(done, 9_000)), true);
  assertEquals(isStalled(factsOf({}, 9_000)), false);
  assertEquals(isStalled(factsOf({}, 16_000)), true);
  const slow = { framesDone: 10, renderMs: 20_000, progressAtMs: 20_000, recentMsPerFrame: 2_000 };
  assertEquals(isStalled(factsOf(slow, 40_000)), false);
  assertEquals(estimateEnd(factsOf(done, 9_000)), Infinity);
});

Deno.test("isHung() waits for the worker's own watch, and judges nothing but renders", () => {
  const done = { framesDone: 10, renderMs: 1_000, progressAtMs: 1_000 };
  const limitMs = HANG_MS_MIN + HANG_GRACE_MS;
  assertEquals(isHung(factsOf(done, 1_000 + limitMs)), false);
  assertEquals(isHung(factsOf(done, 1_001 + limitMs)), true);
  assertEquals(isHung(factsOf({}, 1_001 + limitMs)), false);
  assertEquals(isHung(factsOf({ ...done, stage: "rendered" }, 10 * limitMs)), false);
  assertEquals(isHung(factsOf({ stage: "waiting" }, 10 * limitMs)), false);
});

Deno.test("noteProgress() shows silence, and what frames took lately", () => {
  const steps: readonly (readonly [nowMs: number, frames: number, renderMs: number])[] = [
    [1_000, 0, 900],
    [4_000, 30, 3_900],
    [7_000, 60, 6_900],
    [10_000, 60, 9_900],
    [13_000, 50, 12_900],
  ];
  let progress: Progress = beginProgress(0);
  const seen: Progress[] = [];
  for (const [nowMs, framesDone, renderMs] of steps) {
    const report = { stage: "rendering" as const, framesDone, renderMs };
    progress = noteProgress(progress, { report, nowMs });
    seen.push(progress);
  }
  assertEquals(seen.map((each) => each.progressAtMs), [1_000, 4_000, 7_000, 7_000, 7_000]);
  assertEquals(seen.map((each) => each.recentMsPerFrame), [0, 0, 100, 100, 100]);
  assertEquals(progress.framesDone, 60);
  const over = noteProgress(progress, {
    report: { stage: "rendered", framesDone: 60, renderMs: 13_000 },
    nowMs: 14_000,
  });
  assertEquals([over.stage, over.progressAtMs], ["rendered", 14_000]);
});
