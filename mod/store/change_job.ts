import { canChangeJob, invariant, isFinalJobState, type JobState } from "../core/mod.ts";
import type { WriteTx } from "../db/mod.ts";
import { recordEvent } from "./events.ts";

/** One change of a job's state. */
export interface JobChange {
  /** Which. */
  readonly jobId: string;
  /** What the caller believes it is. */
  readonly from: JobState;
  /** What it shall be. */
  readonly to: JobState;
  /** Why, one sentence. */
  readonly reason: string;
  /** Time of the change, milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

// A job that begins keeps its first start; one that is taken up again is no longer finished.
const CHANGE = `
  UPDATE job SET state = :to, reason = :reason,
    started_at_ms = CASE WHEN :to = 'running' THEN coalesce(started_at_ms, :nowMs)
      ELSE started_at_ms END,
    finished_at_ms = :finishedAtMs
  WHERE id = :jobId AND state = :from`;

/**
 * Changes the state of a job if it is still what the caller believes, and writes the event.
 *
 * @returns Whether it was; `false` changes nothing.
 * @throws {Error} If the table of states forbids the change: a bug.
 */
export async function changeJob(tx: WriteTx, change: JobChange): Promise<boolean> {
  const { jobId, from, to, reason, nowMs } = change;
  invariant(canChangeJob(from, to), `a job cannot change from ${from} to ${to}`);
  const count = await tx.run(CHANGE, {
    jobId,
    from,
    to,
    reason,
    nowMs,
    finishedAtMs: isFinalJobState(to) ? nowMs : null,
  });
  if (count === 0) return false;
  await recordEvent(tx, { atMs: nowMs, jobId, entity: "job", entityId: jobId, from, to, reason });
  return true;
}

const SET_REASON = "UPDATE job SET reason = :reason WHERE id = :jobId AND state = :state";

/** Says anew why a job is in its state; no change of state, no event. */
export async function setJobReason(
  tx: WriteTx,
  change: { readonly jobId: string; readonly state: JobState; readonly reason: string },
): Promise<void> {
  await tx.run(SET_REASON, { ...change });
}

const SET_PRIORITY = "UPDATE job SET priority = :priority WHERE id = :jobId";

/** Sets the priority of a job, 0 to 100. @returns `false` if there is no such job. */
export async function setJobPriority(
  tx: WriteTx,
  change: { readonly jobId: string; readonly priority: number },
): Promise<boolean> {
  return await tx.run(SET_PRIORITY, { ...change }) > 0;
}
