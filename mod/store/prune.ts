import type { WriteTx } from "../db/mod.ts";

const LIST_JOBS = `
  SELECT id FROM job
  WHERE created_at_ms < :beforeMs AND state IN ('completed', 'failed', 'cancelled')
    AND finished_at_ms < :beforeMs
  ORDER BY created_at_ms LIMIT :limit`;
const DELETE_JOB = "DELETE FROM job WHERE id = :jobId";

/**
 * Removes jobs that ended before a moment, with their parts, attempts and events.
 *
 * @param options `beforeMs`: epoch milliseconds; `limit`: jobs per call, few, because one with many
 * parts takes long and everybody else waits.
 * @returns Ids of what was removed, for the caller to remove their files; empty when nothing is left.
 */
export async function pruneJobs(
  tx: WriteTx,
  options: { readonly beforeMs: number; readonly limit: number },
): Promise<readonly string[]> {
  const jobs = await tx.all<{ id: string }>(LIST_JOBS, { ...options });
  for (const { id } of jobs) await tx.run(DELETE_JOB, { jobId: id });
  return jobs.map((job) => job.id);
}

const PRUNE_HASHES = "DELETE FROM media_hash WHERE used_at_ms < :beforeMs";

/** Forgets checksums of files that nobody asked for since a moment. */
export async function pruneMediaHashes(tx: WriteTx, beforeMs: number): Promise<void> {
  await tx.run(PRUNE_HASHES, { beforeMs });
}

const PRUNE_EVENTS = `
  DELETE FROM event WHERE id IN (
    SELECT id FROM event WHERE at_ms < :beforeMs AND job_id IS NULL LIMIT :limit)`;

/** Removes old events that belong to no job; at most `limit` per call. @returns How many. */
export async function pruneEvents(
  tx: WriteTx,
  options: { readonly beforeMs: number; readonly limit: number },
): Promise<number> {
  return await tx.run(PRUNE_EVENTS, { ...options });
}
