import { DomainError } from "../core/mod.ts";
import type { Logger } from "../log/mod.ts";
import type { Assignment } from "../wire/mod.ts";
import { removeAll } from "./durable_file.ts";
import { EndedAttempts } from "./ended_attempts.ts";
import { toFailedReport } from "./failure.ts";
import { HeldAttempt } from "./held_attempt.ts";
import { HELD_PER_SLOT_MAX } from "./limits.ts";
import type { Outbox } from "./outbox.ts";
import {
  attemptFolder,
  checkAttempt,
  prepareAttempt,
  type PreparedAttempt,
  renderAttempt,
  type RenderServices,
} from "./render_attempt.ts";
import type { Slots } from "./slots.ts";

/** What {@linkcode Workbench} needs. */
export interface WorkbenchOptions {
  readonly slots: Slots;
  readonly services: RenderServices;
  readonly outbox: Outbox;
  readonly logger: Logger;
  /** Told when the master should hear of a change now: a slot came free, an attempt is over. */
  readonly onChange: () => void;
  /** Told when an attempt could not be put into the outbox: the worker cannot go on. */
  readonly onBroken: (error: unknown) => void;
}

/**
 * All attempts that the worker holds, from assignment to acknowledged report. Each is prepared at
 * once, rendered when a slot is free, and put into the outbox; the next render does not wait
 * for that.
 */
export class Workbench {
  readonly #options: WorkbenchOptions;
  readonly #held = new Map<string, HeldAttempt>();
  readonly #running = new Set<Promise<void>>();
  readonly #ended: EndedAttempts;
  #order = 0;
  #isClosed = false;

  /** Begins with what the last run left in the outbox. */
  constructor(options: WorkbenchOptions) {
    this.#options = options;
    this.#ended = new EndedAttempts(options.services.clock);
    for (const entry of options.outbox.entries) {
      const { clock } = options.services;
      const held = new HeldAttempt(entry.assignment, { order: this.#order++, clock, done: entry });
      this.#held.set(held.id, held);
    }
  }

  /** Every attempt in hand, in the order of acceptance. */
  get held(): readonly HeldAttempt[] {
    return [...this.#held.values()];
  }

  /** Parts that the worker would take now: one for each slot and one ahead; none once closed. */
  get wanted(): number {
    if (this.#isClosed) return 0;
    const { count } = this.#options.slots;
    const room = HELD_PER_SLOT_MAX * count - this.#held.size;
    return Math.max(0, Math.min(2 * count - this.#unrendered().length, room));
  }

  /** Slots for which nothing is in hand. */
  get idleSlots(): number {
    return Math.max(0, this.#options.slots.count - this.#unrendered().length);
  }

  /**
   * Takes a part; what is in hand already, or was a moment ago, is not taken twice.
   *
   * @returns Whether it was taken.
   */
  accept(assignment: Assignment): boolean {
    const { attemptId } = assignment;
    if (this.#isClosed || this.#held.has(attemptId) || this.#ended.has(attemptId)) return false;
    const { clock } = this.#options.services;
    const held = new HeldAttempt(assignment, { order: this.#order++, clock });
    this.#held.set(attemptId, held);
    const running = this.#carryOut(held).catch(this.#options.onBroken);
    this.#running.add(running);
    running.finally(() => this.#running.delete(running));
    return true;
  }

  /** Ends an attempt without a report: kills its render, removes its files. */
  cancel(attemptId: string, reason: string): void {
    const held = this.#held.get(attemptId);
    if (held === undefined) return;
    this.forget(attemptId);
    held.cancel(new DomainError("cancelled", `Attempt was ended: ${reason}`));
  }

  /** An attempt is over: acknowledged, dropped or cancelled. */
  forget(attemptId: string): void {
    if (!this.#held.delete(attemptId)) return;
    this.#ended.add(attemptId);
    this.#options.onChange();
  }

  /** Takes nothing new; what has not started is given back, what has is finished. */
  close(): void {
    this.#isClosed = true;
    for (const held of this.held) {
      if (held.phase === "waiting" || held.phase === "fetching") {
        held.cancel(new DomainError("cancelled", RETURNED));
      }
    }
    this.#options.onChange();
  }

  /**
   * Kills every render at once.
   *
   * @returns The attempts that were not finished, to be given back.
   */
  abandon(): readonly string[] {
    this.#isClosed = true;
    const unfinished = this.held.filter((held) => held.phase !== "uploading");
    for (const held of unfinished) this.cancel(held.id, "the worker stops");
    return unfinished.map((held) => held.id);
  }

  /** Waits until no attempt is worked on any more; those in the outbox do not count. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #unrendered(): HeldAttempt[] {
    return this.held.filter((held) => held.isUnrendered);
  }

  /** One attempt from its assignment into the outbox. */
  async #carryOut(held: HeldAttempt): Promise<void> {
    const { outbox, services, onChange } = this.#options;
    const { assignment } = held;
    try {
      const prepared = await prepareAttempt(held, services);
      const { report, resultPath } = await this.#renderInSlot(prepared);
      held.signal.throwIfAborted();
      const { framesDone, renderMs } = held;
      held.enter("uploading");
      await outbox.add({ assignment, report, resultPath, framesDone, renderMs });
    } catch (error) {
      // Whoever cancelled it has forgotten it already, unless it is to be given back.
      if (this.#held.get(held.id) === held) await this.#addFailure(held, error);
    } finally {
      // Best effort: what cannot be removed now, the next start removes.
      await removeAll(attemptFolder(held, services)).catch(() => undefined);
      onChange();
    }
  }

  async #addFailure(held: HeldAttempt, error: unknown): Promise<void> {
    const { framesDone, renderMs, assignment } = held;
    const isReturned = held.signal.aborted;
    if (held.phase !== "uploading") held.enter("uploading");
    const report = isReturned
      ? { outcome: "returned" as const, message: RETURNED }
      : toFailedReport(error, framesDone);
    this.#logEnd(held, isReturned ? { reason: RETURNED } : { err: error });
    await this.#options.outbox.add({ assignment, report, framesDone, renderMs });
  }

  async #renderInSlot(
    prepared: PreparedAttempt,
  ): Promise<{ report: Awaited<ReturnType<typeof checkAttempt>>; resultPath: string }> {
    const { slots, services, onChange } = this.#options;
    const { held } = prepared;
    let rendered;
    try {
      held.slot = await slots.take(held);
      this.#options.logger.info("render_started", "Render started", this.#fieldsOf(held));
      try {
        rendered = await renderAttempt(prepared, services);
      } finally {
        const slot = held.slot;
        held.slot = undefined;
        slots.release(slot);
      }
    } finally {
      prepared.media.release();
    }
    onChange();
    const report = await checkAttempt(prepared, { rendered, services });
    this.#logEnd(held, { sizeBytes: report.sizeBytes });
    return { report, resultPath: prepared.outPath };
  }

  #fieldsOf(held: HeldAttempt): Record<string, string | number> {
    const { jobId, partId, range } = held.assignment;
    const frames = range.endFrame - range.startFrame;
    return { jobId, partId, attemptId: held.id, frames };
  }

  #logEnd(held: HeldAttempt, fields: Record<string, unknown>): void {
    const isFailure = "err" in fields;
    this.#options.logger[isFailure ? "warn" : "info"](
      "render_ended",
      isFailure ? "Render failed" : "Render ended",
      { ...this.#fieldsOf(held), durationMs: Math.round(held.renderMs), ...fields },
    );
  }
}

const RETURNED = "The worker finishes what it renders and takes nothing new";
