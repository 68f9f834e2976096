import { type Clock, invariant } from "../core/mod.ts";
import type { Assignment, AttemptPhase, AttemptProgress } from "../wire/mod.ts";

/** From each phase of an attempt, the phases that may follow. A failure is uploaded from anywhere. */
export const PHASE_TRANSITIONS: Readonly<Record<AttemptPhase, readonly AttemptPhase[]>> = {
  waiting: ["fetching", "rendering", "uploading"],
  fetching: ["waiting", "uploading"],
  rendering: ["checking", "uploading"],
  checking: ["uploading"],
  uploading: [],
};

/** How far an attempt was when it went into the outbox. */
export interface HeldProgress {
  readonly framesDone: number;
  readonly renderMs: number;
}

/** An attempt from its assignment until its report is acknowledged. */
export class HeldAttempt {
  /** What the master asked for. */
  readonly assignment: Assignment;
  /** Order of acceptance, from 0: who came first renders first. */
  readonly order: number;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  #phase: AttemptPhase = "waiting";
  #framesDone = 0;
  #startedMs: number | undefined;
  #renderMs = 0;
  #signCount = 0;
  /** The slot that renders it, from 0. */
  slot: number | undefined;

  /** Held from now on. */
  constructor(
    assignment: Assignment,
    options: { readonly order: number; readonly clock: Clock; readonly done?: HeldProgress },
  ) {
    this.assignment = assignment;
    this.order = options.order;
    this.#clock = options.clock;
    if (options.done !== undefined) {
      this.#phase = "uploading";
      this.#framesDone = options.done.framesDone;
      this.#renderMs = options.done.renderMs;
    }
  }

  /** The attempt's id. */
  get id(): string {
    return this.assignment.attemptId;
  }

  /** What it is doing. */
  get phase(): AttemptPhase {
    return this.#phase;
  }

  /** Frames that are rendered. */
  get framesDone(): number {
    return this.#framesDone;
  }

  /** Signs of life that its render gave. */
  get signCount(): number {
    return this.#signCount;
  }

  /** Wall time of the render until now, milliseconds; 0 before it starts. */
  get renderMs(): number {
    return this.#startedMs === undefined
      ? this.#renderMs
      : this.#clock.monotonicMs() - this.#startedMs;
  }

  /** Aborted when the attempt is to end without a report. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether it still needs a slot or has one. */
  get isUnrendered(): boolean {
    return this.#phase === "waiting" || this.#phase === "fetching" || this.#phase === "rendering";
  }

  /**
   * Goes to another phase; the render's time runs while it is `rendering`.
   *
   * @throws {Error} If the table does not allow it: a bug.
   */
  enter(phase: AttemptPhase): void {
    invariant(
      PHASE_TRANSITIONS[this.#phase].includes(phase),
      `Attempt cannot go from ${this.#phase} to ${phase}`,
    );
    if (phase === "rendering") {
      this.#startedMs = this.#clock.monotonicMs();
    } else if (this.#startedMs !== undefined) {
      this.#renderMs = this.renderMs;
      this.#startedMs = undefined;
    }
    this.#phase = phase;
  }

  /** Notes a sign of life and the frames that are done; a smaller number than before, or more than the part has, counts as that. */
  noteFrames(framesDone: number): void {
    this.#signCount++;
    if (!Number.isFinite(framesDone)) return;
    const { startFrame, endFrame } = this.assignment.range;
    const bounded = Math.min(Math.floor(framesDone), endFrame - startFrame);
    this.#framesDone = Math.max(this.#framesDone, bounded);
  }

  /** Ends it without a report: its render is killed, its files go. */
  cancel(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /** What a sync says of it. */
  toProgress(): AttemptProgress {
    return {
      attemptId: this.id,
      phase: this.#phase,
      framesDone: this.#framesDone,
      renderMs: Math.max(0, this.renderMs),
    };
  }
}
