import { DomainError, type ErrorCode } from "../mod/core/mod.ts";

/** Exit codes of every command (README, "Exit codes"). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  schemaNewer: 4,
  jobFailed: 5,
  jobCancelled: 6,
  masterUnreachable: 7,
  refused: 8,
  projectRefused: 9,
  programMissing: 10,
  diskFull: 11,
  timeout: 12,
  interrupted: 130,
  terminated: 143,
} as const;

const EXIT_BY_CODE: Partial<Record<ErrorCode, number>> = {
  usage: EXIT.usage,
  request_invalid: EXIT.usage,
  preset_unknown: EXIT.usage,
  config_invalid: EXIT.config,
  certificate_invalid: EXIT.config,
  not_initialized: EXIT.config,
  schema_newer: EXIT.schemaNewer,
  master_unreachable: EXIT.masterUnreachable,
  identity_refused: EXIT.refused,
  role_refused: EXIT.refused,
  token_refused: EXIT.refused,
  version_mismatch: EXIT.refused,
  project_not_found: EXIT.projectRefused,
  project_invalid: EXIT.projectRefused,
  project_unsupported: EXIT.projectRefused,
  media_missing: EXIT.projectRefused,
  path_refused: EXIT.projectRefused,
  output_refused: EXIT.projectRefused,
  program_missing: EXIT.programMissing,
  disk_full: EXIT.diskFull,
  timeout: EXIT.timeout,
  cancelled: EXIT.jobCancelled,
};

/** Exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  return error instanceof DomainError ? EXIT_BY_CODE[error.code] ?? EXIT.failed : EXIT.failed;
}
