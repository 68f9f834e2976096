import { assertEquals, assertThrows } from "@std/assert";
import { type Assignment, ATTEMPT_PHASES } from "../wire/mod.ts";
import { FakeClock } from "../testing/mod.ts";
import { HeldAttempt, PHASE_TRANSITIONS } from "./held_attempt.ts";
import { WORKER_STATES, WORKER_TRANSITIONS, WorkerLife, type WorkerState } from "./worker_state.ts";

const PATHS: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  starting: [],
  online: ["online"],
  draining: ["draining"],
  stopped: ["stopped"],
};

Deno.test("WorkerLife.change() allows what its table says and nothing else", () => {
  for (const from of WORKER_STATES) {
    for (const to of WORKER_STATES) {
      const changes: string[] = [];
      const life = new WorkerLife((before, after) => changes.push(`${before} ${after}`));
      for (const step of PATHS[from]) life.change(step);
      if (WORKER_TRANSITIONS[from].includes(to)) {
        life.change(to);
        assertEquals([life.state, changes.at(-1)], [to, `${from} ${to}`]);
      } else {
        assertThrows(() => life.change(to), Error, `Worker cannot go from ${from} to ${to}`);
        assertEquals(life.state, from);
      }
    }
  }
});

const ASSIGNMENT: Assignment = {
  attemptId: "a1",
  jobId: "j1",
  partId: "p1",
  kind: "video",
  range: { startFrame: 100, endFrame: 110 },
  preset: "h264",
  planSha256: "0".repeat(64),
  expectedFps: 0,
};

Deno.test("HeldAttempt.enter() reaches every phase and refuses what the table does not allow", () => {
  const reached = new Set<string>(["waiting"]);
  for (const from of ATTEMPT_PHASES) for (const to of PHASE_TRANSITIONS[from]) reached.add(to);
  assertEquals(reached.size, ATTEMPT_PHASES.length);
  const held = new HeldAttempt(ASSIGNMENT, { order: 0, clock: new FakeClock() });
  assertThrows(() => held.enter("checking"), Error, "Attempt cannot go from waiting to checking");
});

Deno.test("HeldAttempt counts frames within its part and time of the render alone", async () => {
  const clock = new FakeClock();
  const held = new HeldAttempt(ASSIGNMENT, { order: 0, clock });
  held.enter("fetching");
  await clock.advance(500);
  held.enter("waiting");
  held.enter("rendering");
  await clock.advance(300);
  for (const frames of [3, 2, Number.NaN, 7.9]) held.noteFrames(frames);
  assertEquals(held.toProgress(), {
    ...{ attemptId: "a1", phase: "rendering", framesDone: 7, renderMs: 300 },
  });
  held.noteFrames(99);
  held.enter("checking");
  await clock.advance(500);
  assertEquals([held.framesDone, held.renderMs, held.isUnrendered], [10, 300, false]);
});
