/**
 * Makes pictures and sound of a plan and joins them to a film. Knows nothing of projects, jobs or
 * the network.
 *
 * @module
 */
export * from "./presets.ts";
export { type RenderAudioOptions, renderAudioPart } from "./audio/render_audio.ts";
export * from "./video/mod.ts";
