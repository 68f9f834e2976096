import { z } from "zod";
import { DomainError, type ErrorCode, isErrorCode } from "../core/mod.ts";

/** What the caller of a request does after an error. */
export type NextStep = "give_up" | "retry" | "register_again" | "drop" | "exit";

/** HTTP status and the caller's next step for every error code (README, "Errors"). */
export const PROBLEMS: Readonly<Record<ErrorCode, { status: number; next: NextStep }>> = {
  usage: { status: 400, next: "give_up" },
  config_invalid: { status: 500, next: "give_up" },
  request_invalid: { status: 400, next: "give_up" },
  project_not_found: { status: 404, next: "give_up" },
  project_invalid: { status: 422, next: "give_up" },
  project_unsupported: { status: 422, next: "give_up" },
  media_missing: { status: 422, next: "give_up" },
  path_refused: { status: 403, next: "give_up" },
  output_refused: { status: 409, next: "give_up" },
  preset_unknown: { status: 400, next: "give_up" },
  identity_refused: { status: 403, next: "exit" },
  role_refused: { status: 403, next: "give_up" },
  certificate_invalid: { status: 400, next: "give_up" },
  token_refused: { status: 403, next: "give_up" },
  not_initialized: { status: 500, next: "give_up" },
  job_not_found: { status: 404, next: "give_up" },
  part_not_found: { status: 404, next: "drop" },
  attempt_not_found: { status: 404, next: "drop" },
  worker_unknown: { status: 409, next: "register_again" },
  file_not_found: { status: 404, next: "give_up" },
  attempt_not_running: { status: 409, next: "drop" },
  invalid_transition: { status: 409, next: "give_up" },
  upload_conflict: { status: 409, next: "retry" },
  too_large: { status: 413, next: "give_up" },
  too_many: { status: 429, next: "retry" },
  version_mismatch: { status: 426, next: "exit" },
  schema_newer: { status: 500, next: "exit" },
  program_missing: { status: 500, next: "give_up" },
  disk_full: { status: 507, next: "retry" },
  master_unreachable: { status: 503, next: "retry" },
  address_in_use: { status: 500, next: "give_up" },
  db_busy: { status: 503, next: "retry" },
  db_failed: { status: 500, next: "retry" },
  io_failed: { status: 500, next: "retry" },
  render_failed: { status: 500, next: "give_up" },
  render_hung: { status: 500, next: "give_up" },
  result_rejected: { status: 422, next: "drop" },
  merge_failed: { status: 500, next: "give_up" },
  cancelled: { status: 409, next: "give_up" },
  timeout: { status: 504, next: "retry" },
  internal: { status: 500, next: "retry" },
};

/** Body of an error answer (RFC 9457). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  hint: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
/** See {@linkcode problem}. */
export type Problem = z.infer<typeof problem>;

/** Media type of {@linkcode problem}. */
export const PROBLEM_CONTENT_TYPE = "application/problem+json";

/**
 * The answer to a request that failed. An error that is no {@linkcode DomainError} becomes
 * `internal`, and its message stays here.
 */
export function toProblem(error: unknown): Problem {
  const known = error instanceof DomainError
    ? error
    : new DomainError("internal", "Cannot answer: internal error", {
      hint: "See the master's log",
    });
  const { status } = PROBLEMS[known.code];
  return {
    type: `urn:olive:problem:${known.code}`,
    title: known.code.replaceAll("_", " "),
    status,
    code: known.code,
    detail: known.message,
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    ...(Object.keys(known.details).length === 0 ? {} : { details: known.details }),
  };
}

/** The error that an answer carries; `internal` for a body that is no problem of ours. */
export function fromProblem(body: unknown, httpStatus: number): DomainError {
  const parsed = problem.safeParse(body);
  if (!parsed.success || !isErrorCode(parsed.data.code)) {
    return new DomainError("internal", `Cannot understand answer: HTTP status ${httpStatus}`);
  }
  return new DomainError(parsed.data.code, parsed.data.detail, {
    hint: parsed.data.hint,
    details: parsed.data.details,
  });
}

/** What a caller does next after this error. */
export function nextStep(error: DomainError): NextStep {
  return PROBLEMS[error.code].next;
}
