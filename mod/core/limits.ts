/**
 * Every limit of the program, with its name, unit and reason. A folder that needs a new one adds it
 * here, so that one page answers "how much is too much?".
 *
 * @module
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Largest project file that is read, bytes. Real projects are below 5 MB. */
export const PROJECT_SIZE_BYTES_MAX = 64 * MIB;
/** Largest piece of an upload, bytes: node:https has no backpressure on request bodies. */
export const UPLOAD_PIECE_BYTES_MAX = 8 * MIB;
/** Largest body of any other request, bytes. */
export const REQUEST_BODY_BYTES_MAX = 1 * MIB;
/** Largest result of one part, bytes. */
export const PART_RESULT_BYTES_MAX = 512 * GIB;
/** Longest timeline, frames: about 9 days at 60 fps. */
export const TIMELINE_FRAMES_MAX = 50_000_000;
/** Longest time that a sync may wait for news, milliseconds. */
export const SYNC_WAIT_MS_MAX = 30_000;
/** Renders that one worker may run at a time. */
export const SLOTS_MAX = 64;
/** Running attempts of one part. */
export const ATTEMPTS_PER_PART_MAX = 2;
/** Different workers that must fail a part before it fails its job. */
export const PART_FAILURES_MAX = 3;
/** Failures in a row, of parts that others can do, that set a worker aside for a job. */
export const WORKER_FAILURES_IN_A_ROW_MAX = 3;
/** Default life of an attempt without a sign of its worker, milliseconds. */
export const LEASE_MS_DEFAULT = 10_000;
/** Default shortest part, seconds of work. */
export const MIN_PART_SECONDS_DEFAULT = 4;
/** Default longest part, seconds of work. */
export const MAX_PART_SECONDS_DEFAULT = 90;
/** Shortest time without progress that is taken for a hang, milliseconds. */
export const HANG_MS_MIN = 30_000;
/** Characters of a renderer's last words that are kept with a failure. */
export const LOG_TAIL_CHARS_MAX = 16 * KIB;
/** Entries of one listing. */
export const LIST_LIMIT_MAX = 1_000;
/** Media files of one project. */
export const MEDIA_FILES_MAX = 20_000;
