/**
 * Every condition that a caller or a person can act on has one code here, for ever. What a caller
 * does next per code is in `mod/wire/problem.ts`, what a command's exit code is in `cmd/exit.ts`.
 */
export const ERROR_CODES = [
  // what a person gave
  "usage",
  "config_invalid",
  "request_invalid",
  "project_not_found",
  "project_invalid",
  "project_unsupported",
  "media_missing",
  "path_refused",
  "output_refused",
  "preset_unknown",
  // who may
  "identity_refused",
  "role_refused",
  "certificate_invalid",
  "token_refused",
  "not_initialized",
  // what is there
  "job_not_found",
  "part_not_found",
  "attempt_not_found",
  "worker_unknown",
  "file_not_found",
  // state
  "attempt_not_running",
  "invalid_transition",
  "upload_conflict",
  "too_large",
  "too_many",
  "version_mismatch",
  "schema_newer",
  // the machine
  "program_missing",
  "disk_full",
  "master_unreachable",
  "address_in_use",
  "db_busy",
  "db_failed",
  "io_failed",
  // work
  "render_failed",
  "render_hung",
  "result_rejected",
  "merge_failed",
  "cancelled",
  "timeout",
  "internal",
] as const;

/** One of {@linkcode ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What {@linkcode DomainError} takes beside its code and message. */
export interface DomainErrorOptions {
  /** What a person can do about it: one sentence. */
  readonly hint?: string | undefined;
  /** Facts for programs: JSON values only, no secrets. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** The error that led to this one; never repeated in the message. */
  readonly cause?: unknown;
}

/** An expected failure: stable code, a sentence, and a hint for a person. */
export class DomainError extends Error {
  /** Stable name of the condition. */
  readonly code: ErrorCode;
  /** What a person can do about it. */
  readonly hint: string | undefined;
  /** Facts for programs. */
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * Makes the error; nothing is logged.
   *
   * @param code Stable name of the condition.
   * @param message What failed, in sentence case without a period.
   * @param options Hint, details and cause.
   */
  constructor(code: ErrorCode, message: string, options: DomainErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DomainError";
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** Whether a value is a {@linkcode DomainError}, of that code if one is given. */
export function isDomainError(value: unknown, code?: ErrorCode): value is DomainError {
  return value instanceof DomainError && (code === undefined || value.code === code);
}

/** Whether a text is one of the codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(text);
}

/** Makes an `Error` of whatever was thrown. */
export function coerceError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

const CAUSE_DEPTH_MAX = 8;

/** The message and the messages of its causes, on one line: `Cannot read project: No such file`. */
export function formatError(thrown: unknown): string {
  const messages: string[] = [];
  let current: unknown = thrown;
  for (let depth = 0; depth < CAUSE_DEPTH_MAX && current !== undefined; depth++) {
    const error = coerceError(current);
    if (error.message !== "") messages.push(error.message);
    current = error.cause;
  }
  return messages.join(": ");
}
