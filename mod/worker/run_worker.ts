import {
  type Clock,
  newSessionId,
  PROGRAM_VERSION,
  type RandomBytes,
  SLOTS_MAX,
} from "../core/mod.ts";
import type { MasterClient } from "../client/mod.ts";
import type { Logger } from "../log/mod.ts";
import type { Capabilities, SyncReply } from "../wire/mod.ts";
import { Change } from "./change.ts";
import { PROGRESS_MS, STOP_MS_MAX } from "./limits.ts";
import { openOutbox } from "./outbox.ts";
import { OutboxDelivery } from "./outbox_delivery.ts";
import type { MediaSource } from "./part_media.ts";
import type { PartRenderer } from "./part_renderer.ts";
import { PlanStore } from "./plan_store.ts";
import { toWorkerProgress, type WorkerProgress } from "./progress.ts";
import { Slots } from "./slots.ts";
import type { StateDir } from "./state_dir.ts";
import { type SyncContent, SyncLoop } from "./sync_loop.ts";
import { Workbench } from "./workbench.ts";
import { WorkerLife } from "./worker_state.ts";

/** The calls of the master that a worker makes. */
export type WorkerMaster = Pick<
  MasterClient,
  "registerWorker" | "syncWorker" | "getPlan" | "uploadStatus" | "uploadPiece" | "reportAttempt"
>;

/** What {@linkcode runWorker} needs. */
export interface WorkerOptions {
  /** `host` or `host:label`; the certificate must be the host's. */
  readonly name: string;
  /** Renders at a time, 1 to SLOTS_MAX. */
  readonly slots: number;
  /** Threads of one render, 1 or more. */
  readonly threads: number;
  /** What the master is told that this worker can do. */
  readonly capabilities: Capabilities;
  /** The master. */
  readonly master: WorkerMaster;
  /** Local copies of media. */
  readonly media: MediaSource;
  /** Makes the parts. */
  readonly renderer: PartRenderer;
  /** The worker's folder, held open by the caller. */
  readonly state: StateDir;
  /** All times go by it. */
  readonly clock: Clock;
  /** The session's id, and jitter. */
  readonly random: RandomBytes;
  /** Changes of state go there. */
  readonly logger: Logger;
  /** First signal: finish and deliver what is in hand, take nothing new. */
  readonly drain: AbortSignal;
  /** Second signal: kill the renders, give back what is not finished, end. */
  readonly stop: AbortSignal;
  /** Most time without a master at the start, milliseconds. Absent: for ever. */
  readonly masterWaitMs?: number;
  /**
   * Given, once it runs, a call that introduces the worker anew: for capabilities that have changed,
   * which are read at that moment.
   */
  readonly onRunning?: (introduceAgain: () => void) => void;
  /** Shown every PROGRESS_MS. */
  readonly onProgress?: (progress: WorkerProgress) => void;
}

/** How a worker ended. */
export type WorkerEnd = "drained" | "stopped";

/**
 * Runs a worker until it is told to end.
 *
 * A master that is away never ends it, and never stops a render. When this is over no render lives
 * any more; finished results that could not be delivered are in the outbox for the next run.
 *
 * @param options Who it is, what it works with, and how it is told to end.
 * @returns How it ended.
 * @throws {DomainError} `identity_refused`, `role_refused`, `version_mismatch`, `request_invalid`
 * when the master will never talk to it; `master_unreachable` after `masterWaitMs`; `io_failed` or
 * `disk_full` when its own folder cannot be used any more. Renders are killed first.
 * @throws {RangeError} If `slots` or `threads` is out of range.
 */
export async function runWorker(options: WorkerOptions): Promise<WorkerEnd> {
  assertCount("slots", options.slots);
  assertCount("threads", options.threads);
  const outbox = await openOutbox(options.state.outboxFolder);
  return await new WorkerRun(options, outbox).run();
}

function assertCount(name: string, value: number): void {
  const max = name === "slots" ? SLOTS_MAX : Number.MAX_SAFE_INTEGER;
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new RangeError(`Cannot run worker with ${value} ${name}: must be 1 to ${max}`);
}

/** Attempts that one sync can list; the wire takes no more. */
const LISTED_MAX = 4 * SLOTS_MAX;

type OpenOutbox = Awaited<ReturnType<typeof openOutbox>>;

class WorkerRun {
  readonly #options: WorkerOptions;
  readonly #outbox: OpenOutbox;
  readonly #life: WorkerLife;
  readonly #bench: Workbench;
  readonly #delivery: OutboxDelivery;
  readonly #sync: SyncLoop;
  readonly #changed = new Change();
  readonly #broken = Promise.withResolvers<never>();
  readonly #synced = Promise.withResolvers<void>();
  /** What the latest sync said. */
  #said = { wanted: 0, isDraining: false };

  constructor(options: WorkerOptions, outbox: OpenOutbox) {
    this.#options = options;
    this.#outbox = outbox;
    const { clock, random, master, logger, state } = options;
    this.#life = new WorkerLife((stateOld, stateNew) => {
      logger.info("worker_changed", "Worker changed its state", { stateOld, stateNew });
      this.#onChange();
    });
    const plans = new PlanStore({ folder: state.plansFolder, master, clock, random });
    this.#bench = new Workbench({
      slots: new Slots(options.slots),
      services: { ...options, plans, attemptsFolder: state.attemptsFolder },
      outbox,
      logger,
      onChange: () => this.#onChange(),
      onBroken: (error) => this.#broken.reject(error),
    });
    this.#delivery = new OutboxDelivery({
      outbox,
      master,
      clock,
      random,
      onDelivered: (entry, reply) => {
        const { attemptId } = entry.assignment;
        logger.info("attempt_changed", "Report was taken", {
          attemptId,
          stateNew: reply.state,
          reason: reply.reason,
        });
        this.#bench.forget(attemptId);
      },
      onDropped: (entry, err) => {
        const { attemptId } = entry.assignment;
        logger.warn("attempt_changed", "Report was not wanted any more", { attemptId, err });
        this.#bench.forget(attemptId);
      },
      onWorkerUnknown: () => this.#sync.registerAgain(),
    });
    this.#sync = this.#createSync();
  }

  async run(): Promise<WorkerEnd> {
    const { drain, stop } = this.#options;
    const ending = new AbortController();
    const onDrain = (): void => this.#drain();
    const onStop = (): void => this.#onChange();
    drain.addEventListener("abort", onDrain, { once: true });
    stop.addEventListener("abort", onStop, { once: true });
    if (drain.aborted) onDrain();
    const loops = [
      this.#sync.run(ending.signal),
      this.#deliverAfterSync(ending.signal),
      this.#show(ending.signal),
    ];
    this.#options.onRunning?.(() => this.#sync.registerAgain());
    // A rejection is dealt with below, also if it comes while another is.
    for (const loop of loops) loop.catch(() => undefined);
    this.#broken.promise.catch(() => undefined);
    try {
      const failed = Promise.all([...loops, this.#broken.promise]);
      const end = await Promise.race([this.#untilEnd(), failed]);
      return end === "drained" ? "drained" : "stopped";
    } finally {
      drain.removeEventListener("abort", onDrain);
      stop.removeEventListener("abort", onStop);
      await this.#end(ending, loops);
    }
  }

  /** Ends all that still runs, gives back what is not finished, within STOP_MS_MAX. */
  async #end(ending: AbortController, loops: readonly Promise<void>[]): Promise<void> {
    const { clock } = this.#options;
    const unfinished = this.#bench.abandon();
    ending.abort();
    const over = new AbortController();
    const tooLate = clock.sleep(STOP_MS_MAX, over.signal).then(() => over.abort());
    const goodbyes = Promise.allSettled([this.#giveBack(unfinished, over.signal), ...loops]);
    await Promise.race([goodbyes, tooLate]);
    over.abort();
    await Promise.allSettled([goodbyes, tooLate]);
    // A killed render is gone in a moment; without it no file of its may be removed.
    await this.#bench.settled();
    this.#life.change("stopped");
  }

  async #giveBack(attemptIds: readonly string[], signal: AbortSignal): Promise<void> {
    const { master } = this.#options;
    const report = { outcome: "returned", message: "The worker was stopped" } as const;
    // Best effort: without it, the lease runs out a little later.
    await Promise.allSettled([
      ...attemptIds.map((id) => master.reportAttempt(id, report, { signal })),
      ...this.#outbox.entries.filter((entry) => entry.report.outcome === "returned").map(
        async ({ assignment: { attemptId } }) => {
          await master.reportAttempt(attemptId, report, { signal });
          await this.#outbox.remove(attemptId);
        },
      ),
      ...(this.#sync.isReached ? [this.#sync.sayLast(signal)] : []),
    ]);
  }

  /** Resolves when the worker was told to end and, if told once, has nothing in hand any more. */
  async #untilEnd(): Promise<WorkerEnd> {
    for (;;) {
      if (this.#options.stop.aborted) return "stopped";
      if (this.#life.state === "draining" && this.#bench.held.length === 0) return "drained";
      await this.#changed.wait();
    }
  }

  #drain(): void {
    if (this.#life.state !== "starting" && this.#life.state !== "online") return;
    this.#life.change("draining");
    this.#options.logger.info("process_draining", "Finishes what it has, takes nothing new");
    this.#bench.close();
  }

  #createSync(): SyncLoop {
    const { master, clock, random, logger, name, slots, capabilities } = this.#options;
    return new SyncLoop({
      ...(this.#options.masterWaitMs === undefined
        ? {}
        : { masterWaitMs: this.#options.masterWaitMs }),
      master,
      clock,
      random,
      logger,
      workerName: name,
      registration: {
        sessionId: newSessionId(random),
        programVersion: PROGRAM_VERSION,
        slots,
        capabilities,
      },
      content: () => this.#content(),
      onReply: (reply) => this.#onReply(reply),
      onReached: () => {
        if (this.#life.state === "starting") this.#life.change("online");
        this.#delivery.retryNow();
      },
    });
  }

  #content(): SyncContent {
    const { wanted, idleSlots, held } = this.#bench;
    const isDraining = this.#life.state === "draining" || this.#options.stop.aborted;
    this.#said = { wanted, isDraining };
    return {
      attempts: held.slice(0, LISTED_MAX).map((one) => one.toProgress()),
      wanted,
      idleSlots: wanted === 0 ? 0 : idleSlots,
      isDraining,
    };
  }

  #onReply(reply: SyncReply): boolean {
    let isNew = false;
    for (const { attemptId, reason } of reply.cancellations) {
      const held = this.#bench.held.find((one) => one.id === attemptId);
      if (held === undefined) continue;
      if (held.phase === "uploading") {
        this.#dropFinished(attemptId, reason);
        continue;
      }
      isNew = true;
      this.#options.logger.info("attempt_changed", "Attempt was ended", { attemptId, reason });
      this.#bench.cancel(attemptId, reason);
    }
    for (const assignment of reply.assignments) {
      if (this.#bench.accept(assignment)) isNew = true;
    }
    this.#synced.resolve();
    return isNew;
  }

  #dropFinished(attemptId: string, reason: string): void {
    this.#delivery.drop(attemptId).then((isDropped) => {
      if (!isDropped) return;
      this.#options.logger.info("attempt_changed", "Result is not wanted any more", {
        attemptId,
        reason,
      });
      this.#bench.forget(attemptId);
    }).catch((error: unknown) => this.#broken.reject(error));
  }

  /** The master must have heard of this session's attempts before it gets their reports. */
  async #deliverAfterSync(signal: AbortSignal): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([this.#synced.promise, ended]);
    await this.#delivery.run(signal);
  }

  async #show(signal: AbortSignal): Promise<void> {
    const { onProgress, clock, slots } = this.#options;
    if (onProgress === undefined) return await untilAborted(signal);
    do {
      onProgress(toWorkerProgress({
        state: this.#life.state,
        isMasterReached: this.#sync.isReached,
        slotCount: slots,
        held: this.#bench.held,
      }));
    } while (await clock.sleep(PROGRESS_MS, signal));
  }

  #onChange(): void {
    // All else can wait for the next heartbeat.
    const isNews = this.#bench.wanted > this.#said.wanted ||
      (this.#life.state === "draining" && !this.#said.isDraining);
    if (isNews) this.#sync.wake();
    this.#changed.notify();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
