import { DomainError } from "./errors.ts";

/** Whether an error says that a disk is full or a quota used up. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DomainError) return error.code === "disk_full";
  const { code } = error as { code?: unknown };
  // ENOSPC is 28 on Linux, macOS and in Windows' C library; EDQUOT is 122 on Linux, 69 on macOS.
  return code === "ENOSPC" || code === "EDQUOT" || /\(os error (28|122|112)\)/.test(error.message);
}

/** Whether an error is the operating system's answer to a call, in contrast to a bug. */
export function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof DomainError) return false;
  const { code } = error as { code?: unknown };
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code);
}

/**
 * What to throw for a file operation that failed: `disk_full` or `io_failed`.
 *
 * @param error What was thrown.
 * @param action What was tried, in sentence case: `Cannot write /a/b`.
 */
export function toFileError(error: unknown, action: string): DomainError {
  if (error instanceof DomainError) return error;
  return isDiskFull(error)
    ? new DomainError("disk_full", action, { cause: error, hint: "Free space on that disk" })
    : new DomainError("io_failed", action, { cause: error });
}
