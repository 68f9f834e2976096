import { assert, assertEquals } from "@std/assert";
import { WorkerBench } from "../testing/mod.ts";

const PARTS = 12;
const FRAMES = 10;
const FAULTS = 25;

/** Numbers of a seed, 0 to below 1: the same for the same seed (mulberry32). */
function createDice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One fault of a kind that the dice choose. */
async function breakSomething(bench: WorkerBench, dice: () => number): Promise<void> {
  const kind = Math.floor(dice() * 7);
  if (kind === 0) bench.master.goAway();
  else if (kind === 1) bench.master.comeBack();
  else if (kind === 2) bench.master.loseNextAnswer("syncWorker");
  else if (kind === 3) bench.master.loseNextAnswer("reportAttempt");
  else if (kind === 4) bench.master.loseNextAnswer("uploadPiece");
  else if (kind === 5) bench.master.failNext("syncWorker", { code: "db_busy" });
  else {
    bench.stop();
    await bench.ended();
    await bench.start();
  }
}

/** A part that was given back goes into the queue again, as another attempt of the same frames. */
function queueReturned(bench: WorkerBench, done: Set<string>): void {
  for (const attempt of bench.master.attempts.values()) {
    const { attemptId } = attempt.assignment;
    if (attempt.state !== "returned" || done.has(attemptId)) continue;
    done.add(attemptId);
    bench.master.queue({ ...attempt.assignment, attemptId: `${attemptId}-again` });
  }
}

// 1. A worker with two slots and twelve parts. 2. Faults of seven kinds, chosen by the seed: master away
// and back, answers lost, master busy, worker stopped and started. 3. The master comes back.
// Invariant: every part succeeds with its own bytes, each attempt at most once, and nothing is left.
for (const seed of [1, 2, 3, 4]) {
  Deno.test(`worker under random faults, seed ${seed}: every part arrives once and whole`, async () => {
    const bench = await WorkerBench.open({ slots: 2 });
    const dice = createDice(seed);
    const returned = new Set<string>();
    try {
      await bench.start();
      for (let part = 0; part < PARTS; part++) {
        bench.master.queue(bench.part(part * FRAMES, FRAMES));
      }
      for (let fault = 0; fault < FAULTS; fault++) {
        await bench.clock.advance(dice() * 300);
        await breakSomething(bench, dice);
        queueReturned(bench, returned);
      }
      bench.master.comeBack();
      await bench.until(() => {
        queueReturned(bench, returned);
        return [...bench.master.attempts.values()].every((one) =>
          one.state === "succeeded" || one.state === "returned"
        );
      }, "the end of all parts");
      const succeeded = [...bench.master.attempts.values()].filter((one) =>
        one.state === "succeeded"
      );
      const starts = succeeded.map((one) => one.assignment.range.startFrame);
      assertEquals(
        starts.toSorted((a, b) => a - b),
        Array.from({ length: PARTS }, (_, part) => part * FRAMES),
      );
      for (const one of succeeded) {
        assertEquals(one.received, bench.renderer.resultOf(one.assignment.range.startFrame));
      }
      assertEquals(new Set(bench.master.reported).size, bench.master.reported.length);
      await bench.until(() => bench.listFolder("outbox").length === 0, "an empty outbox");
      await bench.until(() => bench.listFolder("attempts").length === 0, "no work folder");
      assertEquals([bench.pinned, bench.renderer.runningCount], [0, 0]);
      assert(bench.master.syncsAtOnceMax <= 4, "syncs pile up");
    } finally {
      await bench.close();
    }
  });
}
