/**
 * The numbers of the scheduling policy, each with its derivation. Tuned by the simulation in
 * `simulated_farm_test.ts`.
 *
 * @module
 */

/**
 * Share of what is left for a slot that its next part takes at least: guided self-scheduling. A half
 * loses up to half of a job with the first part of a worker that dies (simulated: 1.42 instead of 1.23
 * when the fastest of three dies, p90) and gains 0.1 % of a ten-minute job.
 */
export const GUIDED_SHARE = 0.25;
/**
 * Parts last at least this many times the root of (fixed cost x what is left for the slot): Young's
 * optimum between fixed costs and what a fault takes, `sqrt(2 x cost x time between faults)`, with one
 * fault in 4.5 times what is left. It rules where starts are dear: 2 s of start and ten minutes of work
 * cost 3.3 % instead of 4.0 %.
 */
export const START_ROOT_FACTOR = 3;
/** A slot's last two parts become one if the second would be shorter than this share of the shortest part. */
export const SLIVER_SHARE = 0.5;
/** Shortest part in units of its fixed cost: the start takes at most a fifth of the time. */
export const MIN_PART_STARTS = 4;
/** Most that a dear start makes of the shortest part, milliseconds: the end of a job stays divisible. */
export const MIN_PART_MS_MAX = 20_000;
/** What is left for a slot and shorter than this is left to others if they hardly notice, milliseconds. */
export const CRUMB_MS = 500;
/** How much later a job may end for want of a crumb, milliseconds. */
export const CRUMB_DELAY_MS = 250;
/** First part of a worker without a measured speed: this share of what would be its own. */
export const PROBE_SHARE = 1 / 8;
/** First part of a worker without a measured speed, at the speed that is guessed: milliseconds. */
export const PROBE_MS_MAX = 5_000;
/**
 * How long before a slot comes free its next part is handed out, milliseconds: longer than a worker
 * needs to prepare it, shorter than any part, so that little is bound that another could do sooner.
 */
export const AHEAD_MS = 2_000;
/**
 * A whole project fits a slot if it takes at most this times what would be the slot's own of everything
 * left: estimates are no better than a twentieth.
 */
export const WHOLE_FIT = 1.05;
/** Sound that was not begun yet goes to whoever asks when a job has this left, milliseconds. */
export const AUDIO_LATEST_MS = 30_000;
/**
 * A worker whose last part failed gets another only if the job would end this much later without it,
 * milliseconds: its next hang would cost more.
 */
export const PROBATION_DELAY_MS = 5_000;
/** What an attempt's own speed weighs against the expected one: as much after this time, milliseconds. */
export const OWN_SPEED_MS = 3_000;
/** Over what time an attempt's latest speed is smoothed, milliseconds: two heartbeats. */
export const RECENT_MS = 6_000;
/** Silence of a render from which nothing is expected of it, milliseconds: two heartbeats and a bit. */
export const STALL_MS_MIN = 7_000;
/** A render's silence is explained by this many of its frames. */
export const SILENT_FRAMES = 20;
/** The first frame may take this much longer: programs start, long films are sought through. */
export const FIRST_FRAME_FACTOR = 2;
/** The worker itself looks for hangs first; the master steps in this much later, milliseconds. */
export const HANG_GRACE_MS = 10_000;
/** Time from the last frame to the report of a part, milliseconds. */
export const REPORT_MS = 300;
/** A second attempt must win by this much, milliseconds ... */
export const SECOND_GAIN_MS = 500;
/** ... and by this share of its own length: estimates are no better. */
export const SECOND_GAIN_SHARE = 0.15;
/** How often an idle worker looks again for a render that fell behind, milliseconds. */
export const LOOK_AGAIN_MS = 1_000;
/** Speed of pictures that nobody knows anything about, frames per second. */
export const VIDEO_FPS_DEFAULT = 30;
/** Speed of sound that nobody knows anything about, frames of the film per second. */
export const AUDIO_FPS_DEFAULT = 1_000;
/** Fixed cost of a part that nobody knows anything about, milliseconds. */
export const START_MS_DEFAULT = 300;
