import {
  type Clock,
  type DomainError,
  isDomainError,
  LEASE_MS_DEFAULT,
  type RandomBytes,
  SYNC_WAIT_MS_MAX,
} from "../core/mod.ts";
import { backoffMs, type MasterClient } from "../client/mod.ts";
import type { Logger } from "../log/mod.ts";
import {
  nextStep,
  type RegisterReply,
  type RegisterRequest,
  type SyncReply,
  type SyncRequest,
} from "../wire/mod.ts";
import { Change } from "./change.ts";
import {
  IDLE_WAIT_MS,
  REGISTER_SPACING_MS,
  SYNC_PAUSE_MS_MAX,
  SYNC_SPACING_MS,
  SYNCS_AT_ONCE_MAX,
} from "./limits.ts";

/** What a sync says beside the session and the time it may wait. */
export type SyncContent = Omit<SyncRequest, "sessionId" | "waitMs">;

/** What {@linkcode SyncLoop} needs. */
export interface SyncLoopOptions {
  readonly master: Pick<MasterClient, "registerWorker" | "syncWorker">;
  readonly workerName: string;
  readonly registration: RegisterRequest;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
  /** Most time without a master before the first registration, milliseconds. Absent: for ever. */
  readonly masterWaitMs?: number;
  /** What the worker has and wants this moment. */
  readonly content: () => SyncContent;
  /** Takes an answer; returns whether it brought anything new. */
  readonly onReply: (reply: SyncReply) => boolean;
  /** Told when the master answers again, and the first time. */
  readonly onReached: () => void;
}

/** Least number of heartbeats within a lease: one may be lost, and one late. */
const HEARTBEATS_PER_LEASE_MIN = 3;

interface Flight {
  readonly abort: AbortController;
  readonly startedMs: number;
  ended: Promise<void>;
}

/**
 * The worker's one conversation with its master: registers, then syncs without end.
 *
 * Normally one sync is under way and waits at the master. When something changes here, a new one
 * starts at once, and the master ends the older one. Answers may come in any order. When the master
 * is away the loop calls again and again, with growing pauses; the renders do not notice.
 */
export class SyncLoop {
  readonly #options: SyncLoopOptions;
  readonly #news = new Change();
  readonly #flights = new Set<Flight>();
  #hasChanged = false;
  #mustRegister = true;
  #registeredMs = -Infinity;
  #leaseMs = LEASE_MS_DEFAULT;
  #heartbeatMs = LEASE_MS_DEFAULT / HEARTBEATS_PER_LEASE_MIN;
  #failures = 0;
  #pausedFailures = 0;
  #waitedSinceMs: number | undefined;
  #isReached = false;
  #fatal: unknown;
  #hasFatal = false;

  /** Says nothing before {@linkcode SyncLoop.run}. */
  constructor(options: SyncLoopOptions) {
    this.#options = options;
  }

  /** Whether the last call reached the master. */
  get isReached(): boolean {
    return this.#isReached;
  }

  /** Something has changed that the master should know now. */
  wake(): void {
    this.#hasChanged = true;
    this.#news.notify();
  }

  /** The master does not know this worker: registers before the next sync. */
  registerAgain(): void {
    this.#mustRegister = true;
    this.wake();
  }

  /**
   * Talks until the signal ends it.
   *
   * @throws {DomainError} `identity_refused`, `role_refused`, `version_mismatch`, `request_invalid`:
   * the master will never talk to this worker; `master_unreachable` after `masterWaitMs`.
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#news.notify();
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        if (this.#hasFatal) throw this.#fatal;
        if (this.#failures > 0) await this.#pause(signal);
        else if (this.#mustRegister) await this.#register(signal);
        else if (this.#flights.size === 0 || this.#hasChanged) this.#start(signal);
        else await this.#news.wait();
      }
    } finally {
      signal.removeEventListener("abort", stop);
      const flights = [...this.#flights];
      for (const flight of flights) flight.abort.abort();
      await Promise.all(flights.map((flight) => flight.ended));
    }
  }

  /**
   * Says once more how things stand, and waits for nothing. For the end of a worker.
   *
   * @throws {DomainError} What the call says.
   */
  async sayLast(signal: AbortSignal): Promise<void> {
    await this.#options.master.syncWorker(this.#options.workerName, this.#request(0), { signal });
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    await clock.sleep(backoffMs(this.#failures, { random, longestMs: SYNC_PAUSE_MS_MAX }), signal);
    // The pause is paid; the next failure makes the next one longer.
    this.#pausedFailures = this.#failures;
    this.#failures = 0;
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { master, workerName, registration, clock, masterWaitMs = Infinity } = this.#options;
    for (const flight of this.#flights) flight.abort.abort();
    const spacingMs = this.#registeredMs + REGISTER_SPACING_MS - clock.monotonicMs();
    if (spacingMs > 0 && !(await clock.sleep(spacingMs, signal))) return;
    const isFirst = this.#registeredMs === -Infinity;
    try {
      const reply = await master.registerWorker(workerName, registration, { signal });
      this.#onRegistered(reply, isFirst);
    } catch (error) {
      if (signal.aborted) return;
      this.#onError(error);
      // Also when the master answers a registration with "register again".
      this.#failures = this.#pausedFailures + 1;
      this.#waitedSinceMs ??= clock.monotonicMs();
      const waitedMs = clock.monotonicMs() - this.#waitedSinceMs;
      if (isFirst && waitedMs >= masterWaitMs) throw error;
    }
  }

  #onRegistered(reply: RegisterReply, isFirst: boolean): void {
    this.#registeredMs = this.#options.clock.monotonicMs();
    this.#mustRegister = false;
    this.#leaseMs = reply.leaseMs;
    this.#heartbeatMs = Math.min(reply.heartbeatMs, reply.leaseMs / HEARTBEATS_PER_LEASE_MIN);
    this.#options.logger.info(
      "worker_changed",
      isFirst ? "Registered at the master" : "Registered at the master again",
      { version: reply.masterVersion },
    );
  }

  /** Starts a sync; its end is dealt with when it comes. */
  #start(signal: AbortSignal): void {
    if (this.#flights.size >= SYNCS_AT_ONCE_MAX) {
      const [oldest] = this.#flights;
      oldest?.abort.abort();
      if (oldest !== undefined) this.#flights.delete(oldest);
    }
    this.#hasChanged = false;
    const flight: Flight = {
      abort: new AbortController(),
      startedMs: this.#options.clock.monotonicMs(),
      ended: Promise.resolve(),
    };
    this.#flights.add(flight);
    // Never rejects: whatever goes wrong is kept for the loop, which is woken.
    flight.ended = this.#fly(flight, AbortSignal.any([signal, flight.abort.signal])).catch(
      (error: unknown) => {
        this.#fatal = error;
        this.#hasFatal = true;
      },
    ).finally(() => {
      this.#flights.delete(flight);
      this.#news.notify();
    });
  }

  async #fly(flight: Flight, signal: AbortSignal): Promise<void> {
    const { master, workerName, onReply, clock } = this.#options;
    try {
      const isBusy = this.#options.content().attempts.length > 0;
      const waitMs = Math.min(SYNC_WAIT_MS_MAX, isBusy ? this.#heartbeatMs : IDLE_WAIT_MS);
      // With work in hand, a dead connection must show while there is still time to call again.
      const timeoutMs = isBusy ? waitMs + this.#leaseMs / HEARTBEATS_PER_LEASE_MIN : undefined;
      const options = { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
      const reply = await master.syncWorker(workerName, this.#request(waitMs), options);
      this.#onReached();
      const isNew = onReply(reply);
      const spacingMs = flight.startedMs + SYNC_SPACING_MS - clock.monotonicMs();
      const isAlone = this.#flights.size === 1 && !this.#hasChanged;
      // The flight counts as under way until its spacing is over; a change does not wait for it.
      if (!isNew && isAlone && spacingMs > 0) await clock.sleep(spacingMs, signal);
    } catch (error) {
      if (!signal.aborted) this.#onError(error);
    }
  }

  #request(waitMs: number): SyncRequest {
    return {
      ...this.#options.content(),
      sessionId: this.#options.registration.sessionId,
      waitMs: Math.round(waitMs),
    };
  }

  #onReached(): void {
    this.#failures = 0;
    this.#pausedFailures = 0;
    if (this.#isReached) return;
    this.#isReached = true;
    this.#options.logger.info("master_found", "The master answers");
    this.#options.onReached();
  }

  #onError(error: unknown): void {
    if (!isDomainError(error) || isFatal(error)) throw error;
    if (nextStep(error) === "register_again") {
      this.#mustRegister = true;
      return;
    }
    this.#failures = this.#pausedFailures + 1;
    if (this.#isReached || this.#failures === 1) {
      this.#options.logger.warn("master_lost", "Cannot reach the master; work goes on", {
        err: error,
      });
    }
    this.#isReached = false;
  }
}

function isFatal(error: DomainError): boolean {
  return nextStep(error) === "exit" || error.code === "role_refused" ||
    error.code === "request_invalid";
}
