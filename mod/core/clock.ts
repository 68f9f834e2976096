/** Time as a dependency: services never ask the machine for it, so tests decide what time it is. */
export interface Clock {
  /** Wall clock, milliseconds since 1970 UTC. May jump; use it for what is stored and shown. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. Use it for deadlines and durations. */
  monotonicMs(): number;
  /**
   * Waits.
   *
   * @param delayMs 0 or more.
   * @param signal Ends the wait early.
   * @returns `true` after the delay, `false` if the signal ended it (never rejects).
   */
  sleep(delayMs: number, signal?: AbortSignal): Promise<boolean>;
}

/** Sleeps on the event loop's own timer; the one implementation of {@linkcode Clock.sleep} over real time. */
function sleepOnTimer(delayMs: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve(true);
    }, Math.max(0, delayMs));
    function onAbort(): void {
      clearTimeout(timer);
      resolve(false);
    }
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** The machine's own clock. Constructed once, in `cmd/`, and passed down. */
export function createSystemClock(): Clock {
  return {
    nowMs: () => new Date().getTime(),
    monotonicMs: () => performance.now(),
    sleep: sleepOnTimer,
  };
}
