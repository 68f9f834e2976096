/**
 * Media files of a project: what they are, what identifies them, where they may lie, and a worker's
 * copies of them. Knows nothing of projects or of how pictures are made.
 *
 * @module
 */
export * from "./cache.ts";
export * from "./hash.ts";
export * from "./probe.ts";
export * from "./roots.ts";
