import type { Clock } from "../core/mod.ts";
import { REMEMBER_ENDED_MS } from "./limits.ts";

/**
 * Attempts that are over here. An answer that was under way for long may still hand one out: it
 * must not be rendered again. After REMEMBER_ENDED_MS no such answer is left, and a master that
 * hands the attempt out means it.
 */
export class EndedAttempts {
  readonly #clock: Clock;
  readonly #endedMs = new Map<string, number>();

  /** Knows none. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Remembers an attempt for a while. */
  add(attemptId: string): void {
    this.#forgetOld();
    this.#endedMs.delete(attemptId);
    this.#endedMs.set(attemptId, this.#clock.monotonicMs());
  }

  /** Whether an attempt ended a short while ago. */
  has(attemptId: string): boolean {
    this.#forgetOld();
    return this.#endedMs.has(attemptId);
  }

  #forgetOld(): void {
    const oldestMs = this.#clock.monotonicMs() - REMEMBER_ENDED_MS;
    // In the order of their ends, so the first young one ends the search.
    for (const [attemptId, endedMs] of this.#endedMs) {
      if (endedMs > oldestMs) break;
      this.#endedMs.delete(attemptId);
    }
  }
}
