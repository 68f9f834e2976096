/** Time for an ordinary answer, headers and body, milliseconds. */
export const CALL_TIMEOUT_MS = 15_000;
/** Time that a long poll's answer may take beyond what it was asked to wait, milliseconds. */
export const SYNC_GRACE_MS = 10_000;
/** Time for one piece of an upload, milliseconds: 8 MiB at 1 Mbit/s take 67 s. */
export const UPLOAD_PIECE_TIMEOUT_MS = 90_000;
/** Time for the answer to a report, milliseconds: the master reads the whole result before it agrees. */
export const REPORT_TIMEOUT_MS = 120_000;
/** Time for submitting, milliseconds: the master probes all media of the project before it agrees. */
export const SUBMIT_TIMEOUT_MS = 600_000;
/** Silence in the middle of a file that is taken for a dead connection, milliseconds. */
export const FILE_STALL_MS = 30_000;
/** Silence of an event stream after which it is opened again, milliseconds. */
export const EVENTS_SILENCE_MS = 60_000;
/** Longest single event, characters. */
export const EVENT_CHARS_MAX = 256 * 1024;
/** Largest reply that is read into memory, bytes: a plan carries the whole project. */
export const REPLY_BYTES_MAX = 128 * 1024 * 1024;
/** First pause of a retry, milliseconds, before jitter. */
export const RETRY_FIRST_MS = 250;
/** Longest pause of a retry, milliseconds, before jitter. */
export const RETRY_LONGEST_MS = 5_000;
