import type { ReadTx, WriteTx } from "../db/mod.ts";

/** How a worker fares on a job. */
export interface JobWorker {
  /** Who. */
  readonly worker: string;
  /** Failures since its last success, of parts that others could do. */
  readonly failuresInARow: number;
  /** When it was set aside for this job; absent while it was not. */
  readonly setAsideAtMs: number | undefined;
  /** Why. */
  readonly reason: string;
}

interface JobWorkerRow extends Omit<JobWorker, "setAsideAtMs"> {
  readonly setAsideAtMs: number | null;
}

/** SQL of {@linkcode listJobWorkers}; a test looks at its plan. */
export const LIST_JOB_WORKERS = `
  SELECT worker, failures_in_a_row AS "failuresInARow", set_aside_at_ms AS "setAsideAtMs", reason
  FROM job_worker WHERE job_id = :jobId`;

/** Workers that have failed at a job or were set aside for it. */
export async function listJobWorkers(tx: ReadTx, jobId: string): Promise<readonly JobWorker[]> {
  const rows = await tx.all<JobWorkerRow>(LIST_JOB_WORKERS, { jobId });
  return rows.map((row) => ({ ...row, setAsideAtMs: row.setAsideAtMs ?? undefined }));
}

const COUNT_FAILURE = `
  INSERT INTO job_worker (job_id, worker, failures_in_a_row) VALUES (:jobId, :worker, 1)
  ON CONFLICT (job_id, worker) DO UPDATE SET failures_in_a_row = failures_in_a_row + 1
  RETURNING failures_in_a_row AS count`;

/** Counts one more failure in a row. @returns How many there are now. */
export async function countWorkerFailure(
  tx: WriteTx,
  key: { readonly jobId: string; readonly worker: string },
): Promise<number> {
  return (await tx.find<{ count: number }>(COUNT_FAILURE, { ...key }))?.count ?? 0;
}

const CLEAR_FAILURES = `
  UPDATE job_worker SET failures_in_a_row = 0, set_aside_at_ms = NULL, reason = ''
  WHERE job_id = :jobId AND worker = :worker
    AND (failures_in_a_row > 0 OR set_aside_at_ms IS NOT NULL)`;

/** A success: the worker is in good standing again. */
export async function clearWorkerFailures(
  tx: WriteTx,
  key: { readonly jobId: string; readonly worker: string },
): Promise<void> {
  await tx.run(CLEAR_FAILURES, { ...key });
}

const SET_ASIDE = `
  UPDATE job_worker SET set_aside_at_ms = :nowMs, reason = :reason
  WHERE job_id = :jobId AND worker = :worker AND set_aside_at_ms IS NULL`;

/** Gives a worker nothing more of a job. @returns `false` if it was set aside before. */
export async function setWorkerAside(
  tx: WriteTx,
  change: {
    readonly jobId: string;
    readonly worker: string;
    readonly reason: string;
    readonly nowMs: number;
  },
): Promise<boolean> {
  return await tx.run(SET_ASIDE, { ...change }) > 0;
}

const FORGET = "DELETE FROM job_worker WHERE job_id = :jobId";

/** Forgets how every worker fared on a job: a person wants it tried again. */
export async function forgetJobWorkers(tx: WriteTx, jobId: string): Promise<void> {
  await tx.run(FORGET, { jobId });
}
