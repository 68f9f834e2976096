/**
 * What every other folder may use: words, states, limits, errors, time. Pure: no `Deno`, no npm, no
 * wall clock of its own.
 *
 * @module
 */
export * from "./assert.ts";
export * from "./audio_plan.ts";
export * from "./clock.ts";
export * from "./disk_full.ts";
export * from "./errors.ts";
export * from "./frames.ts";
export * from "./ids.ts";
export * from "./limits.ts";
export * from "./media_probe.ts";
export * from "./names.ts";
export * from "./plan.ts";
export * from "./roles.ts";
export * from "./states.ts";
export * from "./steps.ts";
export * from "./version.ts";
export * from "./video_plan.ts";
