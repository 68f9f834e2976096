import { type Clock, DomainError, isDomainError, type RandomBytes } from "../core/mod.ts";
import { nextStep } from "../wire/mod.ts";
import { RETRY_FIRST_MS, RETRY_LONGEST_MS } from "./limits.ts";

/** Pauses between tries: doubled each time, up to a longest one, with jitter. */
export interface BackoffPolicy {
  /** First pause before jitter, milliseconds. Default {@linkcode RETRY_FIRST_MS}. */
  readonly firstMs?: number;
  /** Longest pause before jitter, milliseconds. Default {@linkcode RETRY_LONGEST_MS}. */
  readonly longestMs?: number;
}

/**
 * How long to wait before the next try.
 *
 * Half of the pause is fixed, half random: callers that failed together do not come back together,
 * and none comes back at once.
 *
 * @param failures Tries that failed in a row, 1 or more.
 * @param options Bounds of the pause, and where randomness comes from.
 * @returns Milliseconds, at most `longestMs`.
 */
export function backoffMs(
  failures: number,
  options: BackoffPolicy & { readonly random: RandomBytes },
): number {
  const { firstMs = RETRY_FIRST_MS, longestMs = RETRY_LONGEST_MS } = options;
  // 2 ** 20 times the first pause is beyond any longest one; more would overflow one day.
  const wholeMs = Math.min(longestMs, firstMs * 2 ** Math.min(20, Math.max(0, failures - 1)));
  const [high = 0, low = 0] = options.random(2);
  return wholeMs / 2 + wholeMs / 2 * ((high * 256 + low) / 65_536);
}

/** What {@linkcode withRetry} needs. */
export interface RetryOptions extends BackoffPolicy {
  /** Pauses go by it. */
  readonly clock: Clock;
  /** Jitter of the pauses. */
  readonly random: RandomBytes;
  /** Ends the waiting and the trying. */
  readonly signal?: AbortSignal | undefined;
  /** Most tries, 1 or more. Absent: until it works, the error is final, or the signal. */
  readonly triesMax?: number;
  /** Says of an error whether another try makes sense. Default: the wire's table says `retry`. */
  readonly isRetried?: (error: DomainError) => boolean;
  /** Told of each failure that is followed by another try. */
  readonly onRetry?: (error: DomainError, delayMs: number) => void;
}

/**
 * Calls until it works, as the wire's table of errors says.
 *
 * @param call Told how many tries have failed before, from 0.
 * @param options Pauses, limits, clock and randomness.
 * @returns What the first call that worked returned.
 * @throws {DomainError} The last error when no further try makes sense or is allowed; `cancelled`
 * when the signal ends a pause. Errors that are no DomainError pass at once.
 */
export async function withRetry<T>(
  call: (failuresBefore: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const isRetried = options.isRetried ?? ((error) => nextStep(error) === "retry");
  for (let failures = 0;; failures++) {
    try {
      return await call(failures);
    } catch (error) {
      const isLast = failures + 1 >= (options.triesMax ?? Infinity);
      if (!isDomainError(error) || isLast || !isRetried(error)) throw error;
      const delayMs = backoffMs(failures + 1, options);
      options.onRetry?.(error, delayMs);
      if (!(await options.clock.sleep(delayMs, options.signal))) {
        throw new DomainError("cancelled", "Cannot try again: stopped while waiting", {
          cause: error,
        });
      }
    }
  }
}
