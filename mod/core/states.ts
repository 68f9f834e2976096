/**
 * State tables of job, part and attempt (README, "States"). Data only: the SQL checks, the wire's
 * enumerations and the README's table derive from them, and one test walks every pair.
 *
 * @module
 */

/** States of a job. `merging`: every part is there, the film is being finished. */
export const JOB_STATES = [
  "queued",
  "running",
  "merging",
  "completed",
  "failed",
  "paused",
  "cancelled",
] as const;
/** One of {@linkcode JOB_STATES}. */
export type JobState = (typeof JOB_STATES)[number];

/** States of a part: the four queues, and `cancelled`. */
export const PART_STATES = ["queued", "ongoing", "failed", "completed", "cancelled"] as const;
/** One of {@linkcode PART_STATES}. */
export type PartState = (typeof PART_STATES)[number];

/** States of an attempt. Only a `running` one can still change anything. */
export const ATTEMPT_STATES = [
  "running",
  "succeeded",
  "failed",
  "lost",
  "superseded",
  "cancelled",
] as const;
/** One of {@linkcode ATTEMPT_STATES}. */
export type AttemptState = (typeof ATTEMPT_STATES)[number];

/** From each state, the states that it may change to. */
export type Transitions<S extends string> = Readonly<Record<S, readonly S[]>>;

/** From each job state, the states it may change to. `failed -> queued` is `olive retry`. */
export const JOB_TRANSITIONS: Transitions<JobState> = {
  queued: ["running", "merging", "paused", "failed", "cancelled"],
  running: ["queued", "merging", "paused", "failed", "cancelled"],
  merging: ["completed", "failed", "cancelled", "running"],
  paused: ["queued", "running", "merging", "failed", "cancelled"],
  failed: ["queued", "cancelled"],
  completed: [],
  cancelled: [],
};

/** From each part state, the states it may change to. `completed -> failed`: its file proved bad at the join. */
export const PART_TRANSITIONS: Transitions<PartState> = {
  queued: ["ongoing", "cancelled"],
  ongoing: ["completed", "failed", "cancelled"],
  failed: ["ongoing", "cancelled"],
  completed: ["failed"],
  cancelled: [],
};

/** From each attempt state, the states it may change to. */
export const ATTEMPT_TRANSITIONS: Transitions<AttemptState> = {
  running: ["succeeded", "failed", "lost", "superseded", "cancelled"],
  succeeded: [],
  failed: [],
  lost: [],
  superseded: [],
  cancelled: [],
};

/** Job states that nothing but a person's command changes any more. */
export const FINAL_JOB_STATES: readonly JobState[] = ["completed", "failed", "cancelled"];

/** Whether a job has come to its end. */
export function isFinalJobState(state: JobState): boolean {
  return FINAL_JOB_STATES.includes(state);
}

/** Whether the table allows a change of a job. */
export function canChangeJob(from: JobState, to: JobState): boolean {
  return JOB_TRANSITIONS[from].includes(to);
}

/** Whether the table allows a change of a part. */
export function canChangePart(from: PartState, to: PartState): boolean {
  return PART_TRANSITIONS[from].includes(to);
}

/** Whether the table allows a change of an attempt. */
export function canChangeAttempt(from: AttemptState, to: AttemptState): boolean {
  return ATTEMPT_TRANSITIONS[from].includes(to);
}
