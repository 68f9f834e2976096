import { invariant } from "../core/mod.ts";

/**
 * States of a worker process.
 *
 * - `starting`: puts in order what the last run left, registers;
 * - `online`: takes work, also while the master is away;
 * - `draining`: finishes and delivers what it has, takes nothing new;
 * - `stopped`: no render lives any more.
 */
export const WORKER_STATES = ["starting", "online", "draining", "stopped"] as const;
/** One of {@linkcode WORKER_STATES}. */
export type WorkerState = (typeof WORKER_STATES)[number];

/** From each state, the states it may change to. */
export const WORKER_TRANSITIONS: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  starting: ["online", "draining", "stopped"],
  online: ["draining", "stopped"],
  draining: ["stopped"],
  stopped: [],
};

/** The state of one worker; the only place that changes it. */
export class WorkerLife {
  #state: WorkerState = "starting";
  readonly #onChange: (from: WorkerState, to: WorkerState) => void;

  /**
   * Begins in `starting`.
   *
   * @param onChange Told after each change.
   */
  constructor(onChange: (from: WorkerState, to: WorkerState) => void) {
    this.#onChange = onChange;
  }

  /** The state now. */
  get state(): WorkerState {
    return this.#state;
  }

  /**
   * Changes the state.
   *
   * @throws {Error} If the table does not allow it: a bug.
   */
  change(to: WorkerState): void {
    const from = this.#state;
    invariant(WORKER_TRANSITIONS[from].includes(to), `Worker cannot go from ${from} to ${to}`);
    this.#state = to;
    this.#onChange(from, to);
  }
}
