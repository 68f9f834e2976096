import type { FakeClock } from "./fake_clock.ts";

/** How long a wait of a test may last, and what it waits for. */
export interface UntilOptions {
  /** What is waited for, for the failure: `the worker to register`. */
  readonly what: string;
  /** Longest real time, milliseconds. Default UNTIL_MS_MAX. */
  readonly timeoutMs?: number;
  /** Moved on while waiting. */
  readonly clock?: FakeClock;
  /** How far the clock moves each turn, milliseconds. Default 10. */
  readonly stepMs?: number;
  /** State to show when the wait fails. */
  readonly dump?: () => unknown;
}

/** Generous: a test that waits in vain is rare, a machine that is busy is not. */
const UNTIL_MS_MAX = 60_000;

/**
 * Waits for a condition; never for a time.
 *
 * @param condition Asked again and again.
 * @param options What it is, how long at most, and a clock to move meanwhile.
 * @throws {Error} When it does not hold in time, with the dumped state.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  options: UntilOptions,
): Promise<void> {
  const { what, timeoutMs = UNTIL_MS_MAX, clock, stepMs = 10 } = options;
  const startedMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedMs > timeoutMs) {
      const state = options.dump === undefined ? "" : `: ${Deno.inspect(options.dump())}`;
      throw new Error(`Cannot go on: waited ${timeoutMs} ms for ${what}${state}`);
    }
    // A turn of real time, for files and processes.
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
    await clock?.advance(stepMs);
  }
}
