/**
 * The pictures of a plan: any range of frames as a file of its own.
 *
 * @module
 */
export * from "./detect_melt.ts";
export * from "./render_video_part.ts";
