/**
 * Reads projects of Olive 0.1 and turns them into what a farm renders: one `RenderPlan`. Pure: what
 * it needs to know of the machine comes through `ProjectHost`.
 *
 * @module
 */
export * from "./host.ts";
export * from "./olive01/audio_translation.ts";
export * from "./olive01/clip_time.ts";
export * from "./olive01/effect_fields.ts";
export * from "./olive01/key_frames.ts";
export * from "./olive01/model.ts";
export * from "./olive01/parse_project.ts";
export * from "./olive01/plan_export.ts";
export * from "./olive01/problems.ts";
export * from "./olive01/resolve_media.ts";
export * from "./olive01/sequence_choice.ts";
