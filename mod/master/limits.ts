/** Longest answer of work in one sync: the worker asks again for more. */
export const ASSIGNMENTS_PER_SYNC_MAX = 16;
/** Heartbeats of a working worker within one lease: two may be lost, and one late. */
export const HEARTBEATS_PER_LEASE = 5;
/** Longest time between two heartbeats of a working worker, milliseconds. */
export const HEARTBEAT_MS_MAX = 2_000;
/** Life of what ran when the master stopped, in leases: workers wait between their tries to reach it. */
export const RECOVERY_LEASES = 3;
/** Life of it at least, milliseconds. */
export const RECOVERY_LEASE_MS_MIN = 30_000;
/** Longest time in one stage that is not a render, such as fetching media, milliseconds. */
export const STAGE_MS_MAX = 1_800_000;
/** How often the hang of a render is looked for, milliseconds. */
export const HANG_LOOK_MS = 1_000;
/** A timer that comes this much too late shows that the process itself stood still, milliseconds. */
export const OVERSLEPT_MS = 3_000;
/** How often progress is stored, milliseconds. */
export const STORE_PROGRESS_MS = 10_000;
/** Workers that were silent for so long are dropped from memory, milliseconds. */
export const FORGET_WORKER_MS = 86_400_000;
/** Attempts and parts of one job that a detail shows. */
export const DETAIL_ATTEMPTS_MAX = 10_000;
/** Attempts whose renderer's last words one answer shows: the latest. */
export const JOB_LOGS_MAX = 200;
/** Ended jobs are forgotten after this, days, unless told otherwise. */
export const KEEP_DAYS_DEFAULT = 30;
/** One day, milliseconds. */
export const DAY_MS = 86_400_000;
/** How often the past is forgotten, milliseconds. */
export const PRUNE_INTERVAL_MS = 3_600_000;
/** Jobs that are forgotten in one transaction: one with many parts takes long, and others wait. */
export const PRUNE_JOBS_MAX = 5;
/** Events that are forgotten in one transaction. */
export const PRUNE_EVENTS_MAX = 1_000;
/** A folder that belongs to no job is removed at this age, milliseconds. */
export const ORPHAN_FOLDER_MS = DAY_MS;
/** For how long a project that was announced is waited for: longer than one takes to be read, milliseconds. */
export const PROJECTS_TO_COME_MS = 60_000;
/** Events that are read at a time. */
export const EVENT_PAGE = 200;
