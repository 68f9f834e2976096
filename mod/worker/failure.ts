import {
  coerceError,
  DomainError,
  formatError,
  isDiskFull,
  isDomainError,
  LOG_TAIL_CHARS_MAX,
} from "../core/mod.ts";
import type { FailedReport } from "../wire/mod.ts";
import { REPORT_MESSAGE_CHARS_MAX } from "./limits.ts";

const DISK_FULL_WORDS = /no space left on device|disk quota exceeded/i;

/**
 * What to report of an attempt that failed.
 *
 * A full disk is named as such, also when only the renderer's last words tell it: it is the
 * machine's fault, not the part's.
 *
 * @param thrown What the attempt threw. `details.logTail` or `details.stderr` of a DomainError are
 * the renderer's last words.
 * @param framesDone Frames that were done.
 */
export function toFailedReport(thrown: unknown, framesDone: number): FailedReport {
  const error = asDomainError(thrown);
  const logTail = logTailOf(error);
  const isFull = error.code === "disk_full" ||
    (error.code === "render_failed" && DISK_FULL_WORDS.test(logTail));
  const hint = isFull ? "Free space on the worker's disk, or move its --state-dir" : error.hint;
  const message = formatError(error) + (hint === undefined ? "" : `. ${hint}`);
  return {
    outcome: "failed",
    code: isFull ? "disk_full" : error.code,
    message: message.slice(0, REPORT_MESSAGE_CHARS_MAX),
    logTail,
    framesDone,
  };
}

function asDomainError(thrown: unknown): DomainError {
  if (isDomainError(thrown)) return thrown;
  const cause = coerceError(thrown);
  if (isDiskFull(cause)) {
    return new DomainError("disk_full", "Cannot finish the part: the disk is full", { cause });
  }
  const isFile = typeof (cause as { code?: unknown }).code === "string";
  return new DomainError(isFile ? "io_failed" : "internal", "Cannot finish the part", { cause });
}

function logTailOf(error: DomainError): string {
  const { logTail, stderr } = error.details;
  const words = logTail ?? stderr;
  return typeof words === "string" ? words.slice(-LOG_TAIL_CHARS_MAX) : "";
}
