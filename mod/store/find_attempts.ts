import type { ReadTx } from "../db/mod.ts";
import { type Attempt, ATTEMPT_COLUMNS, type AttemptRow, toAttempt } from "./attempt.ts";

const FIND = `SELECT ${ATTEMPT_COLUMNS} FROM attempt WHERE id = :attemptId`;

/** An attempt, `undefined` if there is none of this id. */
export async function findAttempt(tx: ReadTx, attemptId: string): Promise<Attempt | undefined> {
  const row = await tx.find<AttemptRow>(FIND, { attemptId });
  return row === undefined ? undefined : toAttempt(row);
}

/** SQL of {@linkcode listRunningAttemptsOfPart}; a test looks at its plan. */
export const LIST_RUNNING_OF_PART = `
  SELECT ${ATTEMPT_COLUMNS} FROM attempt WHERE part_id = :partId AND state = 'running'`;

/** The running attempts of a part: none, one or two. */
export async function listRunningAttemptsOfPart(
  tx: ReadTx,
  partId: string,
): Promise<readonly Attempt[]> {
  return (await tx.all<AttemptRow>(LIST_RUNNING_OF_PART, { partId })).map(toAttempt);
}

/** SQL of {@linkcode listRunningAttemptsOfJob}; a test looks at its plan. */
export const LIST_RUNNING_OF_JOB = `
  SELECT ${ATTEMPT_COLUMNS} FROM attempt WHERE job_id = :jobId AND state = 'running'`;

/** The running attempts of a job. */
export async function listRunningAttemptsOfJob(
  tx: ReadTx,
  jobId: string,
): Promise<readonly Attempt[]> {
  return (await tx.all<AttemptRow>(LIST_RUNNING_OF_JOB, { jobId })).map(toAttempt);
}

// Named index: by job, all attempts of a large farm would be read to find those of one host.
const HAS_RUNNING = `
  SELECT 1 AS one FROM attempt INDEXED BY attempt_running_worker
  WHERE state = 'running' AND job_id = :jobId AND`;

/** SQL of {@linkcode hasRunningAttempt}; a test looks at its plans. */
export const HAS_RUNNING_OF_HOST_SQL = {
  HAS_RUNNING_OF_HOST: `${HAS_RUNNING} worker = :host LIMIT 1`,
  // A colon and a label; the semicolon is the character behind the colon.
  HAS_RUNNING_OF_LABEL: `${HAS_RUNNING} worker > :host || ':' AND worker < :host || ';' LIMIT 1`,
} as const;

/** Whether a host, under its own name or with a label (see `hostOwnsWorker`), works on a job. */
export async function hasRunningAttempt(
  tx: ReadTx,
  query: { readonly jobId: string; readonly host: string },
): Promise<boolean> {
  for (const sql of Object.values(HAS_RUNNING_OF_HOST_SQL)) {
    if (await tx.find(sql, { ...query }) !== undefined) return true;
  }
  return false;
}

/** SQL of {@linkcode listRunningAttempts}; a test looks at its plan. */
export const LIST_RUNNING = `
  SELECT ${ATTEMPT_COLUMNS} FROM attempt WHERE state = 'running'`;

/** Every running attempt of the farm. */
export async function listRunningAttempts(tx: ReadTx): Promise<readonly Attempt[]> {
  return (await tx.all<AttemptRow>(LIST_RUNNING)).map(toAttempt);
}

const LIST_OF_JOB = `
  SELECT ${ATTEMPT_COLUMNS} FROM attempt
  WHERE part_id IN (SELECT id FROM part WHERE job_id = :jobId)
  ORDER BY started_at_ms, id LIMIT :limit`;

/** Attempts of a job, running or ended, oldest first; at most `limit`. */
export async function listAttemptsOfJob(
  tx: ReadTx,
  query: { readonly jobId: string; readonly limit: number },
): Promise<readonly Attempt[]> {
  return (await tx.all<AttemptRow>(LIST_OF_JOB, { ...query })).map(toAttempt);
}

const LOG_TAILS = `
  SELECT ${ATTEMPT_COLUMNS}, log_tail AS "logTail" FROM attempt
  WHERE part_id IN (SELECT id FROM part WHERE job_id = :jobId)
    AND (log_tail <> '' OR state = 'failed')
  ORDER BY started_at_ms DESC, id DESC LIMIT :limit`;

/** An attempt with the last words of its renderer. */
export interface AttemptLog extends Attempt {
  /** What its renderer said last; empty if it failed without a word. */
  readonly logTail: string;
}

/** Attempts of a job that failed or whose renderer had something to say: the latest `limit`, oldest first. */
export async function listAttemptLogs(
  tx: ReadTx,
  query: { readonly jobId: string; readonly limit: number },
): Promise<readonly AttemptLog[]> {
  const rows = await tx.all<AttemptRow & { readonly logTail: string }>(LOG_TAILS, { ...query });
  return rows.toReversed().map((row) => ({ ...toAttempt(row), logTail: row.logTail }));
}
