/**
 * Makes pictures and sound of a plan and joins them to a film. Knows nothing of projects, jobs or
 * the network.
 *
 * @module
 */
export * from "./audio/render_audio.ts";
export * from "./detect_encoders.ts";
export * from "./film/check_film.ts";
export * from "./film/open_film.ts";
export { type ExpectedPart } from "./film/part_file.ts";
export * from "./film/publish.ts";
export * from "./film/verify_part.ts";
export * from "./presets.ts";
export * from "./video/mod.ts";
