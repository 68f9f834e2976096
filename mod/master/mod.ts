/**
 * The master's services: takes jobs, hands out their parts, checks results, joins films, recovers.
 *
 * @module
 */
export * from "./attempt_access.ts";
export * from "./certificates.ts";
export * from "./content_hash.ts";
export * from "./film_file.ts";
export * from "./film_maker.ts";
export * from "./job_folders.ts";
export * from "./media_manifest.ts";
export * from "./output_path.ts";
export * from "./plan_file.ts";
export * from "./project_host.ts";
export * from "./read_project.ts";
export * from "./submission.ts";
export * from "./uploads.ts";
export * from "./verify_result.ts";
