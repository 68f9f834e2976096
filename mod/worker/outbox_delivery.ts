import {
  type Clock,
  DomainError,
  invariant,
  isDomainError,
  type RandomBytes,
  UPLOAD_PIECE_BYTES_MAX,
} from "../core/mod.ts";
import { backoffMs, type MasterClient } from "../client/mod.ts";
import { type AttemptReportReply, nextStep } from "../wire/mod.ts";
import { Change } from "./change.ts";
import { UPLOAD_CONFLICTS_MAX, UPLOAD_PIECE_BYTES_MIN } from "./limits.ts";
import type { Outbox, OutboxEntry } from "./outbox.ts";

/** What {@linkcode OutboxDelivery} needs. */
export interface OutboxDeliveryOptions {
  readonly outbox: Outbox;
  readonly master: Pick<MasterClient, "uploadStatus" | "uploadPiece" | "reportAttempt">;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Told when the master has taken a report; the entry is gone then. */
  readonly onDelivered: (entry: OutboxEntry, reply: AttemptReportReply) => void;
  /** Told when the master wants no report of an attempt any more; the entry is gone then. */
  readonly onDropped: (entry: OutboxEntry, error: DomainError) => void;
  /** Told when the master does not know this worker: someone else registers again. */
  readonly onWorkerUnknown: () => void;
}

/** How far the delivery of one entry is. */
interface Delivery {
  readonly entry: OutboxEntry;
  /** Bytes that the master is known to have; `undefined` when it must be asked. */
  offset: number | undefined;
  /** Bytes that it took over since the last failure. */
  sentBytes: number;
  /** Conflicts since it last took something over. */
  conflicts: number;
}

/**
 * Delivers the outbox, one entry after the other: result in pieces, then report. While the master is
 * away everything waits, so the order stays what it was.
 */
export class OutboxDelivery {
  readonly #options: OutboxDeliveryOptions;
  readonly #news = new Change();
  #pieceBytes = UPLOAD_PIECE_BYTES_MAX;
  /** Ends the call that is under way, or the pause before the next one. */
  #hurry = new AbortController();
  #reporting: string | undefined;

  /** Delivers nothing before {@linkcode OutboxDelivery.run}. */
  constructor(options: OutboxDeliveryOptions) {
    this.#options = options;
    options.outbox.watch(() => this.#news.notify());
  }

  /**
   * The master has just been reached, after it was not for a while: ends a pause, and the call that is
   * under way. Its connection may be one that nobody told of its end, and would keep all results
   * here until the call's own time is over. Whatever arrived all the same is there when it is repeated.
   */
  retryNow(): void {
    this.#hurry.abort(
      new DomainError("timeout", "Cannot finish a delivery: the master was lost meanwhile"),
    );
  }

  /**
   * Forgets an attempt that the master has ended. If its report is on its way this moment, the
   * answer to that says what became of it.
   *
   * @returns Whether the attempt was in the outbox and is not any more.
   */
  async drop(attemptId: string): Promise<boolean> {
    if (this.#reporting === attemptId) return false;
    return await this.#options.outbox.remove(attemptId);
  }

  /**
   * Delivers until the signal ends it.
   *
   * @throws {DomainError} What the wire's table says to exit for: `identity_refused`,
   * `version_mismatch`.
   */
  async run(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#news.notify();
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted) {
      const entry = this.#options.outbox.next;
      if (entry === undefined) await this.#news.wait();
      else await this.#deliver(entry, signal);
    }
    signal.removeEventListener("abort", wake);
  }

  /** Tries until the entry is gone or the signal ends it. */
  async #deliver(entry: OutboxEntry, stop: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop, entry.signal]);
    const delivery: Delivery = { entry, offset: undefined, sentBytes: 0, conflicts: 0 };
    let failures = 0;
    while (!signal.aborted) {
      this.#hurry = new AbortController();
      const { signal: hurry } = this.#hurry;
      try {
        await this.#upload(delivery, AbortSignal.any([signal, hurry]));
        const reply = await this.#report(entry, AbortSignal.any([stop, hurry]));
        await this.#options.outbox.remove(entry.assignment.attemptId);
        this.#options.onDelivered(entry, reply);
        return;
      } catch (error) {
        if (signal.aborted) return;
        invariant(isDomainError(error), `Delivery failed unexpectedly: ${String(error)}`);
        if (await this.#giveUp(entry, error)) return;
        failures = delivery.sentBytes > 0 ? 1 : failures + 1;
        delivery.sentBytes = 0;
        delivery.conflicts = 0;
        delivery.offset = undefined;
      }
      if (hurry.aborted) continue;
      const ended = AbortSignal.any([signal, hurry]);
      await this.#options.clock.sleep(backoffMs(failures, this.#options), ended);
    }
  }

  async #report(entry: OutboxEntry, signal: AbortSignal): Promise<AttemptReportReply> {
    const { attemptId } = entry.assignment;
    this.#reporting = attemptId;
    try {
      return await this.#options.master.reportAttempt(attemptId, entry.report, { signal });
    } finally {
      this.#reporting = undefined;
    }
  }

  /** Whether trying again is pointless; the entry has been dealt with then. */
  async #giveUp(entry: OutboxEntry, error: DomainError): Promise<boolean> {
    const { attemptId } = entry.assignment;
    switch (nextStep(error)) {
      case "retry":
        return false;
      case "register_again":
        this.#options.onWorkerUnknown();
        return false;
      case "exit":
        throw error;
      case "drop":
        break;
      case "give_up":
        if (entry.report.outcome !== "succeeded") break;
        // The master will never take this file, but it should know why there is none.
        await this.#options.outbox.replaceReport(attemptId, {
          outcome: "failed",
          code: error.code,
          message: error.message,
          logTail: entry.report.logTail,
          framesDone: entry.report.framesDone,
        });
        return true;
    }
    await this.#options.outbox.remove(attemptId);
    this.#options.onDropped(entry, error);
    return true;
  }

  /** Sends what the master does not have yet. */
  async #upload(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { resultPath, assignment: { attemptId }, report } = delivery.entry;
    if (resultPath === undefined || report.outcome !== "succeeded") return;
    using file = await openResult(resultPath);
    while (delivery.offset === undefined || delivery.offset < report.sizeBytes) {
      delivery.offset ??= (await this.#options.master.uploadStatus(attemptId, { signal }))
        .receivedBytes;
      const sizeBytes = Math.min(this.#pieceBytes, report.sizeBytes - delivery.offset);
      if (sizeBytes <= 0) return;
      const bytes = await readPiece(file, { offset: delivery.offset, sizeBytes });
      try {
        const piece = { offset: delivery.offset, bytes };
        const status = await this.#options.master.uploadPiece(attemptId, piece, { signal });
        delivery.offset = status.receivedBytes;
        delivery.sentBytes += bytes.length;
        delivery.conflicts = 0;
      } catch (error) {
        this.#afterPieceFailed(delivery, error);
      }
    }
  }

  /** Conflicts are settled by asking what is there; a piece that took too long is made smaller. */
  #afterPieceFailed(delivery: Delivery, error: unknown): void {
    if (isDomainError(error, "timeout")) {
      this.#pieceBytes = Math.max(UPLOAD_PIECE_BYTES_MIN, Math.floor(this.#pieceBytes / 2));
    }
    const isConflict = isDomainError(error, "upload_conflict");
    if (!isConflict || ++delivery.conflicts > UPLOAD_CONFLICTS_MAX) throw error;
    delivery.offset = undefined;
  }
}

async function openResult(resultPath: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(resultPath, { read: true });
  } catch (error) {
    throw unreadable(error);
  }
}

/** Somebody took the file away, or the disk is going: no try will bring it back. */
function unreadable(cause: unknown): DomainError {
  return new DomainError("file_not_found", "Cannot read the result of a finished render", {
    cause,
  });
}

async function readPiece(
  file: Deno.FsFile,
  piece: { readonly offset: number; readonly sizeBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(piece.sizeBytes);
  try {
    await file.seek(piece.offset, Deno.SeekMode.Start);
    for (let filled = 0; filled < bytes.length;) {
      const count = await file.read(bytes.subarray(filled));
      if (count === null) throw new Error("File ended early");
      filled += count;
    }
  } catch (error) {
    throw unreadable(error);
  }
  return bytes;
}
