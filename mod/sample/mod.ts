/**
 * A small Olive project with media of its own, made on the spot: what `olive demo` exports and what
 * `olive bench` measures a worker with.
 *
 * @module
 */
export * from "./sample_media.ts";
export * from "./sample_project.ts";
