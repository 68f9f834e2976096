import type { ReadTx, WriteTx } from "../db/mod.ts";

/** One worker's failure at one part. */
export interface PartFailure {
  /** Which part. */
  readonly partId: string;
  /** Who failed it. */
  readonly worker: string;
  /** With which attempt. */
  readonly attemptId: string;
  /** Code of the failure. */
  readonly code: string;
  /** What the worker said, for a person. */
  readonly message: string;
  /** When. */
  readonly atMs: number;
}

const RECORD = `
  INSERT INTO part_failure (part_id, worker, attempt_id, code, message, at_ms)
  VALUES (:partId, :worker, :attemptId, :code, :message, :atMs)
  ON CONFLICT (part_id, worker) DO UPDATE SET
    attempt_id = excluded.attempt_id, code = excluded.code, message = excluded.message,
    at_ms = excluded.at_ms`;

/** Writes down that a worker failed a part; its later failure replaces its earlier one. */
export async function recordPartFailure(tx: WriteTx, failure: PartFailure): Promise<void> {
  await tx.run(RECORD, { ...failure });
}

/** SQL of {@linkcode listPartFailures}; a test looks at its plan. */
export const LIST_PART_FAILURES = `
  SELECT part_id AS "partId", worker, attempt_id AS "attemptId", code, message, at_ms AS "atMs"
  FROM part_failure WHERE part_id = :partId ORDER BY at_ms`;

/** Who failed a part, one entry per worker, oldest first. */
export function listPartFailures(tx: ReadTx, partId: string): Promise<readonly PartFailure[]> {
  return tx.all<PartFailure>(LIST_PART_FAILURES, { partId });
}

const FORGET = `
  DELETE FROM part_failure
  WHERE part_id IN (SELECT id FROM part WHERE job_id = :jobId AND state <> 'completed')`;

/** Forgets who failed the unfinished parts of a job: a person wants them tried again. */
export async function forgetPartFailures(tx: WriteTx, jobId: string): Promise<void> {
  await tx.run(FORGET, { jobId });
}
