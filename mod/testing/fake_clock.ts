import { setImmediate } from "node:timers";
import type { Clock } from "../core/mod.ts";

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  readonly wake: (isOver: boolean) => void;
}

/** Turns of the event loop that let everything run that can run without time passing. */
const SETTLE_TURNS = 3;

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #elapsedMs = 0;
  #order = 0;
  readonly #startMs: number;
  readonly #sleepers = new Set<Sleeper>();

  /**
   * Stands at a start.
   *
   * @param startMs Wall clock at the start, milliseconds since 1970 UTC.
   */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
  }

  /** Sleeps that are under way. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** See {@linkcode Clock.nowMs}. */
  nowMs(): number {
    return this.#startMs + Math.floor(this.#elapsedMs);
  }

  /** Milliseconds since the start. */
  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** See {@linkcode Clock.sleep}. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        atMs: this.#elapsedMs + Math.max(0, delayMs),
        order: this.#order++,
        wake: (isOver) => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", onAbort);
          resolve(isOver);
        },
      };
      function onAbort(): void {
        sleeper.wake(false);
      }
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /**
   * Moves time on; each sleep ends at its own moment, and what it wakes runs before the next one.
   *
   * @param byMs Milliseconds, 0 or more.
   */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + byMs;
    for (;;) {
      await settle();
      const next = this.#nextSleeper();
      if (next === undefined || next.atMs > untilMs) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.wake(true);
    }
    this.#elapsedMs = untilMs;
    await settle();
  }

  #nextSleeper(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      const isEarlier = first === undefined || sleeper.atMs < first.atMs ||
        (sleeper.atMs === first.atMs && sleeper.order < first.order);
      if (isEarlier) first = sleeper;
    }
    return first;
  }
}
