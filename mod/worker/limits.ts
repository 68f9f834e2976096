/**
 * Limits of the worker alone; those that both sides know are in `mod/core/limits.ts`.
 *
 * @module
 */

/** Attempts that a slot may hold at once: rendering, waiting for it, and finished but not delivered. */
export const HELD_PER_SLOT_MAX = 4;
/** Longest wait of a sync while nothing is in hand, milliseconds. */
export const IDLE_WAIT_MS = 25_000;
/** Least time between two syncs that brought nothing new, milliseconds: a master gone mad is no storm. */
export const SYNC_SPACING_MS = 50;
/** Syncs under way at once: the waiting one, and the one that says that something has changed. */
export const SYNCS_AT_ONCE_MAX = 2;
/** Longest pause before a lost master is called again, milliseconds: well within a lease. */
export const SYNC_PAUSE_MS_MAX = 3_000;
/** Least time between two registrations, milliseconds: two workers of one name take turns slowly. */
export const REGISTER_SPACING_MS = 1_000;
/** How long a finished attempt is remembered, milliseconds: no answer to a sync is older. */
export const REMEMBER_ENDED_MS = 60_000;
/** Longest time for handing attempts back when stopped at once, milliseconds. */
export const STOP_MS_MAX = 2_000;
/** A render is hung when it was silent for as long as this many of its frames take. */
export const HANG_FRAMES = 20;
/** The first frame may take this much longer: programs start, long films are sought through. */
export const HANG_FIRST_FRAME_FACTOR = 2;
/** How often a render's silence is looked at, milliseconds. */
export const HANG_TICK_MS = 1_000;
/** Plans that are kept on disk; one per job. */
export const PLANS_KEPT_MAX = 32;
/** Plans that are kept in memory; a plan carries a whole project. */
export const PLANS_IN_MEMORY_MAX = 4;
/** Media files of one attempt that are fetched at once. */
export const MEDIA_FETCHES_AT_ONCE = 4;
/** Tries of a fetch whose error may pass; a master that is away is waited for without counting. */
export const FETCH_TRIES_MAX = 5;
/** Smallest piece of an upload, bytes: what a slow line carries well within a piece's time. */
export const UPLOAD_PIECE_BYTES_MIN = 256 * 1024;
/** Upload conflicts in a row, without a byte of progress, before the upload pauses. */
export const UPLOAD_CONFLICTS_MAX = 3;
/** How often progress is shown, milliseconds. */
export const PROGRESS_MS = 1_000;
/** How often a worker notes that it lives, milliseconds. See `leftovers.ts`. */
export const ALIVE_MS = 5_000;
/** Longest message of a report, characters; the wire takes 20,000. */
export const REPORT_MESSAGE_CHARS_MAX = 4_000;
