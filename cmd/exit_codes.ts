import { DomainError, type ErrorCode } from "../mod/core/mod.ts";
import type { JobView } from "../mod/wire/mod.ts";

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

/** How bad an outcome of one job among several is; what is not listed is worse than all of them. */
const BY_SEVERITY: readonly number[] = [
  EXIT.ok,
  EXIT.jobCancelled,
  EXIT.jobFailed,
  EXIT.projectRefused,
];

/** The worst of several outcomes; 0 for none. */
export function worstExit(codes: readonly number[]): number {
  const rank = (code: number): number => {
    const index = BY_SEVERITY.indexOf(code);
    return index < 0 ? BY_SEVERITY.length : index;
  };
  return codes.reduce((worst, code) => rank(code) > rank(worst) ? code : worst, EXIT.ok);
}

/** Exit code for how a job ended. */
export function outcomeCode(job: JobView): number {
  switch (job.state) {
    case "completed":
      return EXIT.ok;
    case "cancelled":
      return EXIT.jobCancelled;
    default:
      return EXIT.jobFailed;
  }
}

/** Exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  return error instanceof DomainError ? EXIT_BY_CODE[error.code] ?? EXIT.failed : EXIT.failed;
}
