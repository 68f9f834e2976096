import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Clock, DomainError } from "../core/mod.ts";
import { createLogger } from "../log/mod.ts";
import { FakeClock, until } from "../testing/mod.ts";
import type { RegisterReply, SyncReply, SyncRequest } from "../wire/mod.ts";
import { SYNC_PAUSE_MS_MAX, SYNC_SPACING_MS } from "./limits.ts";
import { SyncLoop, type SyncLoopOptions } from "./sync_loop.ts";

const REGISTERED: RegisterReply = {
  masterVersion: "1",
  leaseMs: 10_000,
  heartbeatMs: 1_000,
  nowMs: 0,
};
const NOTHING: SyncReply = { assignments: [], cancellations: [], nowMs: 0 };

/** One sync that the test answers. */
interface OpenSync {
  readonly request: SyncRequest;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  answer(reply: SyncReply): void;
  fail(error: unknown): void;
}

/** A loop whose syncs are answered by the test. */
class LoopBench {
  readonly clock = new FakeClock();
  readonly syncs: OpenSync[] = [];
  readonly registeredMs: number[] = [];
  onReply: (reply: SyncReply) => boolean = () => false;
  held = 0;
  readonly #stop = new AbortController();
  readonly loop: SyncLoop;
  readonly running: Promise<void>;

  constructor(
    options: Partial<SyncLoopOptions> = {},
    register: () => Promise<RegisterReply> = () => Promise.resolve(REGISTERED),
  ) {
    const clock: Clock = this.clock;
    this.loop = new SyncLoop({
      clock,
      random: (length) => new Uint8Array(length),
      logger: createLogger({ clock, sink: () => undefined }),
      workerName: "laptop",
      registration: {
        sessionId: "s1",
        programVersion: "1",
        slots: 1,
        capabilities: {
          ...{ renderers: [], encoders: [], services: [], cores: 1, memoryBytes: 1, os: "linux" },
          ...{ benchmarkFps: 0, mediaAccess: [] },
        },
      },
      master: {
        registerWorker: () => {
          this.registeredMs.push(this.clock.monotonicMs());
          return register();
        },
        syncWorker: (_name, request, call) => this.#open(request, call),
      },
      content: () => ({
        attempts: Array.from({ length: this.held }, (_, index) => ({
          ...{ attemptId: `a${index}`, phase: "rendering" as const, framesDone: 0, renderMs: 0 },
        })),
        ...{ wanted: 1, idleSlots: 1, isDraining: false },
      }),
      onReply: (reply) => this.onReply(reply),
      onReached: () => undefined,
      ...options,
    });
    this.running = this.loop.run(this.#stop.signal);
    this.running.catch(() => undefined);
  }

  /** The sync of that number, from 0, once it has been sent. */
  async sync(index: number): Promise<OpenSync> {
    await until(() => this.syncs.length > index, { what: `sync ${index}`, clock: this.clock });
    const sync = this.syncs[index];
    if (sync === undefined) throw new Error("no such sync");
    return sync;
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.running;
  }

  #open(
    request: SyncRequest,
    call?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  ): Promise<SyncReply> {
    const { promise, resolve, reject } = Promise.withResolvers<SyncReply>();
    const signal = call?.signal;
    signal?.addEventListener("abort", () => reject(new DomainError("cancelled", "Cancelled")));
    this.syncs.push({
      request,
      signal,
      timeoutMs: call?.timeoutMs,
      answer: resolve,
      fail: reject,
    });
    return promise;
  }
}

Deno.test("SyncLoop waits long while idle and a heartbeat while there is work", async () => {
  const bench = new LoopBench();
  const first = await bench.sync(0);
  assertEquals([first.request.waitMs, first.timeoutMs], [25_000, undefined]);
  bench.held = 1;
  first.answer(NOTHING);
  const second = await bench.sync(1);
  assertEquals(second.request.waitMs, 1_000);
  // A dead connection shows well within the lease.
  assert((second.timeoutMs ?? Infinity) < 5_000);
  await bench.end();
});

Deno.test("SyncLoop says at once that something has changed, with two syncs at most", async () => {
  const bench = new LoopBench();
  const first = await bench.sync(0);
  bench.loop.wake();
  await bench.sync(1);
  assertEquals(first.signal?.aborted, false);
  // A master that does not end older syncs is not kept waiting for: the oldest one goes.
  bench.loop.wake();
  await bench.sync(2);
  assertEquals(bench.syncs.map((sync) => sync.signal?.aborted), [true, false, false]);
  await bench.end();
  assertEquals(bench.syncs.map((sync) => sync.signal?.aborted), [true, true, true]);
});

Deno.test("SyncLoop is no storm when its master answers at once with nothing", async () => {
  const bench = new LoopBench();
  const timer = setInterval(() => {
    for (const sync of bench.syncs) sync.answer(NOTHING);
  }, 0);
  await until(() => bench.syncs.length > 10, { what: "ten syncs", clock: bench.clock, stepMs: 5 });
  clearInterval(timer);
  assert(bench.clock.monotonicMs() >= 9 * SYNC_SPACING_MS);
  await bench.end();
});

Deno.test("SyncLoop goes on at once after an answer that brought something", async () => {
  const bench = new LoopBench();
  bench.onReply = () => true;
  (await bench.sync(0)).answer(NOTHING);
  const beforeMs = bench.clock.monotonicMs();
  await until(() => bench.syncs.length === 2, { what: "the next sync" });
  assertEquals(bench.clock.monotonicMs(), beforeMs);
  await bench.end();
});

Deno.test("SyncLoop calls a lost master again with growing, bounded pauses", async () => {
  const bench = new LoopBench();
  const sentMs: number[] = [];
  for (let index = 0; index < 8; index++) {
    const sync = await bench.sync(index);
    sentMs.push(bench.clock.monotonicMs());
    sync.fail(new DomainError("master_unreachable", "Cannot reach the master"));
  }
  assertEquals(bench.loop.isReached, false);
  const pauses = sentMs.slice(1).map((ms, index) => ms - (sentMs[index] ?? 0));
  assert(pauses.every((pause, index) => index === 0 || pause >= (pauses[index - 1] ?? 0) - 10));
  assert((pauses.at(-1) ?? 0) <= SYNC_PAUSE_MS_MAX && (pauses[0] ?? 0) < 200);
  (await bench.sync(8)).answer(NOTHING);
  await until(() => bench.loop.isReached, { what: "the master" });
  await bench.end();
});

Deno.test("SyncLoop registers again, but not in a storm, when it is not known", async () => {
  const bench = new LoopBench();
  const unknown = new DomainError("worker_unknown", "Cannot sync: not registered");
  for (let index = 0; index < 4; index++) (await bench.sync(index)).fail(unknown);
  await until(() => bench.registeredMs.length === 5, { what: "registrations", clock: bench.clock });
  const spacings = bench.registeredMs.slice(1).map((ms, i) => ms - (bench.registeredMs[i] ?? 0));
  assert(spacings.every((spacing) => spacing >= 1_000), `spacings are ${spacings}`);
  await bench.end();
});

Deno.test("SyncLoop ends with what is final", async () => {
  for (const code of ["identity_refused", "version_mismatch", "role_refused"] as const) {
    const bench = new LoopBench();
    (await bench.sync(0)).fail(new DomainError(code, "Cannot sync"));
    const error = await assertRejects(() => bench.running, DomainError);
    assertEquals(error.code, code);
  }
});

Deno.test("SyncLoop gives up a master that never was there after its time", async () => {
  const bench = new LoopBench(
    { masterWaitMs: 5_000 },
    () => Promise.reject(new DomainError("master_unreachable", "Cannot reach it")),
  );
  const failing = assertRejects(() => bench.running, DomainError);
  await bench.clock.advance(15_000);
  assertEquals((await failing).code, "master_unreachable");
  assert((bench.registeredMs.at(-1) ?? 0) >= 5_000);
});
