import type { WriteTx } from "../db/mod.ts";
import { recordEvent } from "./events.ts";
import type { Job } from "./job.ts";

/** A job as it is submitted: `queued`, not begun. */
export type NewJobRow = Omit<Job, "state" | "startedAtMs" | "finishedAtMs">;

const INSERT = `
  INSERT INTO job (id, name, state, reason, workflow, priority, preset, project_path, output_path,
    sequence, width, height, fps_num, fps_den, length_frames, plan_sha256, project_key,
    requirements_json, renderer, warnings_json, min_part_ms, max_part_ms, skip_unsupported,
    overwrite, idempotency_key, submitted_by, created_at_ms)
  VALUES (:id, :name, 'queued', :reason, :workflow, :priority, :preset, :projectPath, :outputPath,
    :sequence, :width, :height, :fpsNum, :fpsDen, :lengthFrames, :planSha256, :projectKey,
    :requirements, :renderer, :warnings, :minPartMs, :maxPartMs, :skipUnsupported,
    :overwrite, :idempotencyKey, :submittedBy, :createdAtMs)`;

/**
 * Adds a job without parts.
 *
 * @throws {DomainError} `db_failed` with the constraint `unique` if its id, or its person's
 * idempotency key, is there already.
 */
export async function insertJob(tx: WriteTx, job: NewJobRow): Promise<void> {
  await tx.run(INSERT, {
    id: job.id,
    name: job.name,
    reason: job.reason,
    workflow: job.workflow,
    priority: job.priority,
    preset: job.preset,
    projectPath: job.projectPath,
    outputPath: job.outputPath,
    sequence: job.sequence ?? null,
    width: job.width,
    height: job.height,
    fpsNum: job.fps.num,
    fpsDen: job.fps.den,
    lengthFrames: job.lengthFrames,
    planSha256: job.planSha256,
    projectKey: job.projectKey,
    requirements: JSON.stringify(job.requirements),
    renderer: job.requirements.renderer,
    warnings: JSON.stringify(job.warnings),
    minPartMs: job.minPartMs,
    maxPartMs: job.maxPartMs,
    skipUnsupported: job.skipUnsupported,
    overwrite: job.overwrite,
    idempotencyKey: job.idempotencyKey ?? null,
    submittedBy: job.submittedBy,
    createdAtMs: job.createdAtMs,
  });
  await recordEvent(tx, {
    atMs: job.createdAtMs,
    jobId: job.id,
    entity: "job",
    entityId: job.id,
    from: "",
    to: "queued",
    reason: job.reason,
  });
}
