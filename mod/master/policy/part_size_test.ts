import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { commonFinishMs, type SlotPlan } from "./common_finish.ts";
import { partSize, type PartSizeQuery } from "./part_size.ts";

const SLOT = { freeAtMs: 0, fps: 100, startMs: 300, isMeasured: true };

function query(facts: Partial<PartSizeQuery> = {}): PartSizeQuery {
  return {
    slot: SLOT,
    others: [],
    frames: 100_000,
    minPartMs: 4_000,
    maxPartMs: 90_000,
    ...facts,
  };
}

const slotPlan: fc.Arbitrary<SlotPlan> = fc.record({
  freeAtMs: fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.constant(Infinity)),
  fps: fc.double({ min: 0.5, max: 500, noNaN: true }),
  startMs: fc.integer({ min: 0, max: 5_000 }),
});

Deno.test("commonFinishMs() divides frames so that all slots that get any end together", () => {
  assertEquals(commonFinishMs([SLOT], 100), 1_300);
  assertEquals(commonFinishMs([SLOT, { ...SLOT, freeAtMs: 50_000 }], 100), 1_300);
  assertEquals(commonFinishMs([], 100), Infinity);
  assertEquals(commonFinishMs([{ ...SLOT, freeAtMs: Infinity }], 100), Infinity);
  fc.assert(
    fc.property(
      fc.array(slotPlan, { minLength: 1 }),
      fc.integer({ min: 1, max: 1e6 }),
      (slots, frames) => {
        fc.pre(slots.some((slot) => Number.isFinite(slot.freeAtMs)));
        const finishMs = commonFinishMs(slots, frames);
        const done = slots.map((slot) =>
          Math.max(0, finishMs - slot.freeAtMs - slot.startMs) * slot.fps / 1_000
        );
        assertAlmostEquals(done.reduce((sum, each) => sum + each, 0), frames, 1e-6 * frames);
      },
    ),
    { seed: 1 },
  );
});

Deno.test("partSize() takes a share of what is left for the slot, within the job's bounds", () => {
  assertEquals(partSize(query({ frames: 10_000 })).frames, 2_500);
  assertEquals(partSize(query({ frames: 10_000, others: [SLOT] })).frames, 1_250);
  assertEquals(partSize(query()).frames, 9_000);
  assertEquals(partSize(query({ frames: 1_000 })).frames, 400 + 120);
});

Deno.test("partSize() leaves no sliver", () => {
  assertEquals(partSize(query({ frames: 550 })).frames, 550);
  assertEquals(partSize(query({ frames: 100 })).frames, 100);
  const half = partSize(query({ frames: 1_000, others: [SLOT] })).frames;
  assertEquals(half, 500);
});

Deno.test("partSize() makes the first part of an unknown or failing worker small", () => {
  const unknown = partSize(query({ slot: { ...SLOT, isMeasured: false } }));
  assertEquals(unknown.frames, 500);
  const failing = { ...SLOT, isOnProbation: true };
  assertEquals(partSize(query({ slot: failing })).frames, 500);
  assertEquals(partSize(query({ slot: failing, frames: 500, others: [SLOT] })).frames, 0);
});

Deno.test("partSize() gives nothing to a slow slot when others are about to end, but somebody takes the last", () => {
  const slow = { ...SLOT, fps: 1, startMs: 5_000 };
  assertEquals(partSize(query({ slot: slow, others: [SLOT], frames: 100 })).frames, 0);
  const quick = { ...SLOT, freeAtMs: 0 };
  assertEquals(partSize(query({ slot: quick, others: [slow], frames: 100 })).frames, 100);
});

Deno.test("partSize() is never more than there is, than the job allows, nor less than a frame for a lone slot", () => {
  fc.assert(
    fc.property(
      slotPlan,
      fc.array(slotPlan, { maxLength: 8 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.boolean(),
      (slot, others, frames, isMeasured) => {
        fc.pre(Number.isFinite(slot.freeAtMs));
        const size = partSize(query({ slot: { ...slot, isMeasured }, others, frames })).frames;
        assert(Number.isInteger(size) && size >= 0 && size <= frames);
        assert(size <= Math.max(1, Math.round(slot.fps * 90)));
        if (others.length === 0) assert(size > 0);
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});
