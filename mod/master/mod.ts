/**
 * The master's services: takes jobs, hands out their parts, checks results, joins films, recovers.
 *
 * @module
 */
export * from "./attempt_access.ts";
export * from "./certificates.ts";
export * from "./content_hash.ts";
export type { JobOrder, MergeOutcome } from "./control_job.ts";
export type { CreatedJob, JobToCreate } from "./create_job.ts";
export { Farm, type FarmDeps } from "./farm.ts";
export * from "./film_file.ts";
export * from "./film_maker.ts";
export * from "./films.ts";
export * from "./job_folders.ts";
export * from "./media_manifest.ts";
export * from "./output_path.ts";
export * from "./plan_file.ts";
export * from "./project_host.ts";
export * from "./prune_farm.ts";
export { KEEP_DAYS_DEFAULT } from "./limits.ts";
export * from "./read_project.ts";
export type { Recovered } from "./recover_farm.ts";
export type { ReportDeps } from "./report_attempt.ts";
export * from "./submission.ts";
export * from "./uploads.ts";
export * from "./verify_result.ts";
