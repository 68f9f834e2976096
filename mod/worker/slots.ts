import { DomainError, invariant } from "../core/mod.ts";

/** Who waits for a slot. */
export interface SlotClaim {
  /** The least goes first. */
  readonly order: number;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

interface Waiter {
  readonly order: number;
  readonly give: (slot: number) => void;
}

/**
 * The renders that may run at a time. A slot that comes free goes on in the same turn of the event
 * loop to the earliest that is ready for it: nothing stands between two parts.
 */
export class Slots {
  readonly #free: number[];
  readonly #waiters = new Set<Waiter>();
  /** Number of slots. */
  readonly count: number;

  /**
   * All are free.
   *
   * @param count 1 to SLOTS_MAX.
   */
  constructor(count: number) {
    this.count = count;
    this.#free = Array.from({ length: count }, (_, index) => index);
  }

  /** Slots that nobody has. */
  get freeCount(): number {
    return this.#free.length;
  }

  /**
   * Takes a slot as soon as one is free and nobody ready has a better claim.
   *
   * @returns The slot's number, from 0. Give it back with {@linkcode Slots.release}.
   * @throws {DomainError} `cancelled` if the signal ends the wait.
   */
  async take(claim: SlotClaim): Promise<number> {
    const { signal, order } = claim;
    if (signal.aborted) throw cancelled();
    const slot = this.#free.shift();
    if (slot !== undefined) return slot;
    return await new Promise<number>((resolve, reject) => {
      const waiter: Waiter = {
        order,
        give: (given) => {
          signal.removeEventListener("abort", onAbort);
          resolve(given);
        },
      };
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(cancelled());
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** Gives a slot back; whoever waits has it before this returns. */
  release(slot: number): void {
    invariant(!this.#free.includes(slot), `Slot ${slot} is free already`);
    let first: Waiter | undefined;
    for (const waiter of this.#waiters) {
      if (first === undefined || waiter.order < first.order) first = waiter;
    }
    if (first === undefined) {
      this.#free.push(slot);
      this.#free.sort((a, b) => a - b);
      return;
    }
    this.#waiters.delete(first);
    first.give(slot);
  }
}

function cancelled(): DomainError {
  return new DomainError("cancelled", "Cannot take a slot: the attempt was cancelled");
}
