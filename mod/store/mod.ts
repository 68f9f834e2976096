/**
 * What the database means: one function per operation, each on an open transaction, so that a
 * service decides what happens together. Every change of state is a compare-and-set that writes its
 * event. SQL is written here and in `mod/db` only.
 *
 * @module
 */
export type { Attempt } from "./attempt.ts";
export * from "./certificates.ts";
export {
  adoptAttempt,
  type AttemptEnd,
  finishAttempt,
  insertAttempt,
  type NewAttempt,
  saveProgress,
  type StoredProgress,
} from "./change_attempt.ts";
export * from "./change_job.ts";
export {
  carvePart,
  type Carving,
  changePart,
  insertPart,
  type NewPart,
  type PartChange,
} from "./change_part.ts";
export * from "./enrol_tokens.ts";
export * from "./events.ts";
export {
  type AttemptLog,
  findAttempt,
  hasRunningAttempt,
  listAttemptLogs,
  listAttemptsOfJob,
  listRunningAttempts,
  listRunningAttemptsOfJob,
  listRunningAttemptsOfPart,
} from "./find_attempts.ts";
export { findJob, findJobByKey, findJobWriting, listJobs, listLiveJobs } from "./find_jobs.ts";
export {
  countParts,
  findPart,
  hasUnfinishedPart,
  listCompletedParts,
  listParts,
  listUnfinishedParts,
  type PartCount,
  type TriedPart,
} from "./find_parts.ts";
export * from "./insert_job.ts";
export { type Job, type JobRequirements, type Workflow, WORKFLOWS } from "./job.ts";
export * from "./job_media.ts";
export {
  clearWorkerFailures,
  countWorkerFailure,
  forgetJobWorkers,
  type JobWorker,
  listJobWorkers,
  setWorkerAside,
} from "./job_workers.ts";
export * from "./media_hashes.ts";
export { type Part, PART_KINDS, type PartKind, type PartResult } from "./part.ts";
export {
  forgetPartFailures,
  listPartFailures,
  type PartFailure,
  recordPartFailure,
} from "./part_failures.ts";
export * from "./prune.ts";
export * from "./settings.ts";
export {
  listWorkerSpeeds,
  saveWorkerSpeed,
  SPEED_SCOPES,
  type SpeedScope,
  type WorkerSpeed,
} from "./worker_speeds.ts";
export * from "./workers.ts";
