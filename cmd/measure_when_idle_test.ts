import { assertEquals } from "@std/assert";
import { createLogger } from "../mod/log/mod.ts";
import { FakeClock } from "../mod/testing/mod.ts";
import type { WorkerProgress } from "../mod/worker/mod.ts";
import { IDLE_MS, measureWhenIdle } from "./measure_when_idle.ts";

const IDLE: WorkerProgress = {
  state: "online",
  isMasterReached: true,
  slots: [{ slot: 0 }],
  others: [],
};
const ATTEMPT = {
  attemptId: "a1",
  jobId: "j1",
  kind: "video",
  range: { startFrame: 0, endFrame: 9 },
  phase: "rendering",
  framesDone: 0,
  fps: 0,
} as const;
const BUSY: WorkerProgress = { ...IDLE, slots: [{ slot: 0, attempt: ATTEMPT }] };

/** A measurement that never ends by itself, unless it is told to. */
class Bench {
  readonly clock = new FakeClock();
  readonly ended = new AbortController();
  readonly done = Promise.withResolvers<void>();
  progress: WorkerProgress | undefined = IDLE;
  begun = 0;
  stopped = 0;
  readonly over: Promise<void>;

  constructor() {
    const logger = createLogger({ sink: () => {}, clock: this.clock });
    this.over = measureWhenIdle({
      clock: this.clock,
      logger,
      progress: () => this.progress,
      measure: (signal) => this.#measure(signal),
    }, this.ended.signal);
  }

  #measure(signal: AbortSignal): Promise<void> {
    this.begun++;
    return new Promise((resolve, reject) => {
      this.done.promise.then(resolve, reject);
      signal.addEventListener("abort", () => {
        this.stopped++;
        reject(new Error("ended"));
      }, { once: true });
    });
  }

  async pass(durationMs: number): Promise<void> {
    for (let passed = 0; passed < durationMs; passed += 1_000) await this.clock.advance(1_000);
  }
}

Deno.test("measureWhenIdle() measures once, after a minute without work", async () => {
  const bench = new Bench();
  await bench.pass(IDLE_MS - 1_000);
  assertEquals(bench.begun, 0);
  await bench.pass(2_000);
  assertEquals(bench.begun, 1);
  bench.done.resolve();
  await bench.pass(2_000);
  await bench.over;
});

Deno.test("measureWhenIdle() gives way to work that arrives, and tries again later", async () => {
  const bench = new Bench();
  await bench.pass(IDLE_MS + 1_000);
  bench.progress = BUSY;
  await bench.pass(2_000);
  assertEquals([bench.begun, bench.stopped], [1, 1]);
  await bench.pass(2 * IDLE_MS);
  assertEquals(bench.begun, 1);
  bench.progress = IDLE;
  await bench.pass(IDLE_MS + 2_000);
  assertEquals(bench.begun, 2);
  bench.ended.abort();
  await bench.pass(1_000);
  await bench.over;
});

Deno.test("measureWhenIdle() ends when the measurement fails, and when it is told to", async () => {
  const failing = new Bench();
  await failing.pass(IDLE_MS + 1_000);
  failing.done.reject(new Error("no renderer"));
  await failing.pass(2_000);
  await failing.over;
  const told = new Bench();
  told.progress = undefined;
  await told.pass(2 * IDLE_MS);
  told.ended.abort();
  await told.over;
  assertEquals(told.begun, 0);
});
