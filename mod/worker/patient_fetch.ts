import type { Clock, DomainError, ErrorCode, RandomBytes } from "../core/mod.ts";
import { withRetry } from "../client/mod.ts";
import { nextStep } from "../wire/mod.ts";
import { FETCH_TRIES_MAX } from "./limits.ts";

/** The master is away, busy, or about to learn of this worker again: waiting helps, however long. */
const WAITING_HELPS: readonly ErrorCode[] = [
  "master_unreachable",
  "timeout",
  "too_many",
  "db_busy",
  "worker_unknown",
];
/** About this machine or this content: another try finds the same. */
const FINAL: readonly ErrorCode[] = ["disk_full", "media_missing", "cancelled", "config_invalid"];
/** Another file's download may have stood in for this one and failed for reasons of its own. */
const TRIES_MAX_OF_OTHERS = 2;

/** What {@linkcode fetchPatiently} needs. */
export interface PatientFetchOptions {
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/**
 * Fetches something that a part needs: as long as the master is away, it waits; other errors get
 * a few tries.
 *
 * @throws {DomainError} The error that did not pass; `cancelled` by the signal.
 */
export async function fetchPatiently<T>(
  fetch: () => Promise<T>,
  options: PatientFetchOptions,
): Promise<T> {
  let failures = 0;
  function isRetried(error: DomainError): boolean {
    if (FINAL.includes(error.code)) return false;
    if (WAITING_HELPS.includes(error.code)) return true;
    failures++;
    const triesMax = nextStep(error) === "retry" ? FETCH_TRIES_MAX : TRIES_MAX_OF_OTHERS;
    return failures < triesMax;
  }
  return await withRetry(fetch, { ...options, isRetried });
}
