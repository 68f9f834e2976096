/**
 * The worker's loop: asks the master for parts, fetches what they need, renders, delivers. Renderers
 * and media are given to it; it opens no port and outlives an absent master.
 *
 * @module
 */
export * from "./capabilities.ts";
export { createFetchRange, type HeldFile, type MediaSource } from "./part_media.ts";
export type { HeldAttempt } from "./held_attempt.ts";
export * from "./part_renderer.ts";
export type { ProcessFacts, ProcessTable } from "./process_table.ts";
export * from "./progress.ts";
export * from "./run_worker.ts";
export * from "./state_dir.ts";
export * from "./worker_state.ts";
