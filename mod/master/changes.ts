/** Whoever waits until something under a key has changed. In memory, for one process. */
export class Changes {
  readonly #waiters = new Map<string, Set<() => void>>();

  /** Ends all waits for a key. */
  notify(key: string): void {
    const waiters = this.#waiters.get(key);
    this.#waiters.delete(key);
    for (const wake of waiters ?? []) wake();
  }

  /** Ends all waits for all keys. */
  notifyAll(): void {
    for (const key of [...this.#waiters.keys()]) this.notify(key);
  }

  /** Number of keys that somebody waits for. */
  get size(): number {
    return this.#waiters.size;
  }

  /**
   * Waits for the next change; what happened before the call does not count.
   *
   * @param key What to listen to.
   * @param signal Ends the wait early.
   */
  next(key: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = (): void => {
        const waiters = this.#waiters.get(key);
        waiters?.delete(wake);
        if (waiters?.size === 0) this.#waiters.delete(key);
        resolve();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      const waiters = this.#waiters.get(key);
      if (waiters === undefined) this.#waiters.set(key, new Set([wake]));
      else waiters.add(wake);
    });
  }
}
