import { assertEquals } from "@std/assert";
import { HANG_MS_MIN } from "../core/mod.ts";
import { FakeClock, settle } from "../testing/mod.ts";
import { silenceMsMax, watchForHang } from "./hang_watch.ts";

Deno.test("silenceMsMax() follows the render's own speed, never below HANG_MS_MIN", () => {
  const fast = { framesDone: 100, renderMs: 1_000, expectedFps: 100 };
  assertEquals(silenceMsMax(fast), HANG_MS_MIN);
  // A frame took 5 s: twenty of them explain 100 s of silence.
  assertEquals(silenceMsMax({ framesDone: 2, renderMs: 10_000, expectedFps: 0 }), 100_000);
  assertEquals(silenceMsMax({ framesDone: 2, renderMs: 10_000, expectedFps: 0.1 }), 200_000);
  assertEquals(silenceMsMax({ framesDone: 0, renderMs: 500, expectedFps: 0 }), 2 * HANG_MS_MIN);
});

/** Watches a render that stands still at some frame, from a start on. */
function watch(
  clock: FakeClock,
  facts: { framesDone: number; signCount: number; startedMs: number },
): number[] {
  const hangs: number[] = [];
  watchForHang({
    clock,
    facts: () => ({
      ...facts,
      renderMs: clock.monotonicMs() - facts.startedMs,
      expectedFps: 0,
    }),
    onHang: (silentMs) => hangs.push(silentMs),
    signal: new AbortController().signal,
  });
  return hangs;
}

Deno.test("watchForHang() finds silence, and a sign of life ends it", async () => {
  const clock = new FakeClock();
  const facts = { framesDone: 100, signCount: 100, startedMs: -1_000 };
  const hangs = watch(clock, facts);
  await clock.advance(HANG_MS_MIN - 1_000);
  facts.signCount++;
  await clock.advance(HANG_MS_MIN);
  assertEquals(hangs, []);
  await clock.advance(2_000);
  assertEquals(hangs, [HANG_MS_MIN]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("watchForHang() does not count time in which the machine slept", async () => {
  let nowMs = 0;
  const wakes: Array<() => void> = [];
  const hangs: number[] = [];
  watchForHang({
    clock: {
      nowMs: () => 0,
      monotonicMs: () => nowMs,
      sleep: () => new Promise((resolve) => wakes.push(() => resolve(true))),
    },
    facts: () => ({ signCount: 10, framesDone: 10, renderMs: 1_000, expectedFps: 0 }),
    onHang: (silentMs) => hangs.push(silentMs),
    signal: new AbortController().signal,
  });
  // Each look comes ten minutes late: as if the process had been stopped in between.
  for (let look = 0; look < 14; look++) {
    nowMs += 600_000;
    wakes.shift()?.();
    await settle();
  }
  assertEquals(hangs, []);
  nowMs += 600_000;
  wakes.shift()?.();
  await settle();
  assertEquals(hangs, [30_000]);
});
