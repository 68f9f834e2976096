import type { ReadTx } from "../db/mod.ts";
import { type Job, JOB_COLUMNS, type JobRow, toJob } from "./job.ts";

const FIND = `SELECT ${JOB_COLUMNS} FROM job WHERE id = :jobId`;

/** A job, `undefined` if there is none of this id. */
export async function findJob(tx: ReadTx, jobId: string): Promise<Job | undefined> {
  const row = await tx.find<JobRow>(FIND, { jobId });
  return row === undefined ? undefined : toJob(row);
}

const FIND_BY_KEY = `
  SELECT ${JOB_COLUMNS} FROM job
  WHERE submitted_by = :submittedBy AND idempotency_key = :idempotencyKey`;

/** The job that a person submitted under a key, `undefined` if there is none. */
export async function findJobByKey(
  tx: ReadTx,
  key: { readonly submittedBy: string; readonly idempotencyKey: string },
): Promise<Job | undefined> {
  const row = await tx.find<JobRow>(FIND_BY_KEY, { ...key });
  return row === undefined ? undefined : toJob(row);
}

const FIND_WRITING = `
  SELECT id FROM job
  WHERE output_path = :outputPath AND state IN ('queued', 'running', 'merging', 'paused')
  LIMIT 1`;

/** Id of a job that has not ended and will write this film, `undefined` if none will. */
export async function findJobWriting(tx: ReadTx, outputPath: string): Promise<string | undefined> {
  return (await tx.find<{ id: string }>(FIND_WRITING, { outputPath }))?.id;
}

const LIST = `SELECT ${JOB_COLUMNS} FROM job ORDER BY created_at_ms DESC, id DESC LIMIT :limit`;

/** Jobs, newest first; at most `limit`, 1 or more. */
export async function listJobs(tx: ReadTx, limit: number): Promise<readonly Job[]> {
  return (await tx.all<JobRow>(LIST, { limit })).map(toJob);
}

/** SQL of {@linkcode listLiveJobs}; a test looks at its plan. */
export const LIST_LIVE_JOBS = `
  SELECT ${JOB_COLUMNS} FROM job
  WHERE state IN ('queued', 'running', 'merging', 'paused') LIMIT :limit`;

/** Jobs that have not ended, in no order; at most `limit`, 1 or more. */
export async function listLiveJobs(tx: ReadTx, limit: number): Promise<readonly Job[]> {
  return (await tx.all<JobRow>(LIST_LIVE_JOBS, { limit })).map(toJob);
}
