import { type Clock, formatError } from "../mod/core/mod.ts";
import type { Logger } from "../mod/log/mod.ts";
import type { WorkerProgress } from "../mod/worker/mod.ts";

/** A worker that stood idle for so long is not likely to be needed in the next seconds, milliseconds. */
export const IDLE_MS = 60_000;
/** How often it is looked whether the worker is idle, milliseconds. */
const LOOK_MS = 1_000;

/** What measuring in a quiet moment needs. */
export interface IdleMeasurement {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the worker is doing this moment; `undefined` before it has begun. */
  readonly progress: () => WorkerProgress | undefined;
  /** Measures and keeps the score; rejects when its signal ends it. */
  readonly measure: (signal: AbortSignal) => Promise<void>;
}

/**
 * Waits until the worker has stood idle for a minute, then measures once. Work that arrives meanwhile
 * ends the measurement, and the wait begins anew: a job never waits for it.
 *
 * @returns When it was measured, when measuring has failed, or when the signal aborts.
 */
export async function measureWhenIdle(deps: IdleMeasurement, signal: AbortSignal): Promise<void> {
  const { logger } = deps;
  while (await untilIdle(deps, signal)) {
    const busy = new AbortController();
    const watching = abortWhenBusy(deps, busy, signal);
    try {
      await deps.measure(busy.signal);
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (busy.signal.aborted) continue;
      // The farm guesses without a score, as it did before.
      logger.warn("loop_failed", `Cannot measure the score: ${formatError(error)}`, { err: error });
      return;
    } finally {
      busy.abort();
      await watching;
    }
  }
}

/** `false`: the signal has ended the wait. */
async function untilIdle(deps: IdleMeasurement, signal: AbortSignal): Promise<boolean> {
  const { clock } = deps;
  let idleSinceMs = clock.monotonicMs();
  while (clock.monotonicMs() - idleSinceMs < IDLE_MS) {
    if (!await clock.sleep(LOOK_MS, signal)) return false;
    if (!isIdle(deps.progress())) idleSinceMs = clock.monotonicMs();
  }
  return true;
}

async function abortWhenBusy(
  deps: IdleMeasurement,
  busy: AbortController,
  signal: AbortSignal,
): Promise<void> {
  const over = AbortSignal.any([busy.signal, signal]);
  while (isIdle(deps.progress()) && await deps.clock.sleep(LOOK_MS, over));
  busy.abort();
}

function isIdle(progress: WorkerProgress | undefined): boolean {
  return progress?.state === "online" && progress.others.length === 0 &&
    progress.slots.every((slot) => slot.attempt === undefined);
}
