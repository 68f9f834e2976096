import { PART_FAILURES_MAX, WORKER_FAILURES_IN_A_ROW_MAX } from "../../core/mod.ts";
import { mayWorkOn } from "./ability.ts";
import type { JobSnapshot, WorkerSnapshot } from "./snapshot.ts";

/** What {@linkcode judgeFailure} looks at. */
export interface FailureQuery {
  /** Different workers that failed the part, the last one included. */
  readonly failedWorkers: readonly string[];
  /** The job. */
  readonly job: JobSnapshot;
  /** Every worker that is online. */
  readonly workers: readonly WorkerSnapshot[];
}

/** What follows from a failed part, with the reason in words. */
export interface FailureVerdict {
  /** The part is offered to others, or the job has failed. */
  readonly verdict: "retry" | "fail_job";
  /** Why, in words, without a period. */
  readonly reason: string;
}

/**
 * What becomes of a job when one of its parts has failed: three different workers, or every capable
 * one if there are fewer, fail it. Losses (a lease that ran out, a part given back) never count.
 *
 * Workers that are draining or set aside still count as having failed, not as hopes.
 */
export function judgeFailure(query: FailureQuery): FailureVerdict {
  const { job, workers } = query;
  const failed = new Set(query.failedWorkers);
  const count = failed.size === 1 ? "one worker" : `${failed.size} different workers`;
  if (failed.size >= PART_FAILURES_MAX) {
    return { verdict: "fail_job", reason: `The part failed on ${count}` };
  }
  const hopeful = workers.some((worker) => !failed.has(worker.name) && mayWorkOn(worker, job));
  if (hopeful || failed.size === 0) {
    return { verdict: "retry", reason: `The part failed on ${count}, another can try` };
  }
  return { verdict: "fail_job", reason: `The part failed on ${count}, no other can do it` };
}

/** What {@linkcode shouldSetAside} looks at. */
export interface SetAsideQuery {
  /** Name of the worker that failed. */
  readonly worker: string;
  /** Its failures in a row in this job, the last one included. */
  readonly failuresInARow: number;
  /** The job. */
  readonly job: JobSnapshot;
  /** Every worker that is online. */
  readonly workers: readonly WorkerSnapshot[];
}

/**
 * Whether a worker is set aside for a job: three failures in a row, while another worker is there to
 * do what it could not.
 */
export function shouldSetAside(query: SetAsideQuery): boolean {
  if (query.failuresInARow < WORKER_FAILURES_IN_A_ROW_MAX) return false;
  return query.workers.some((worker) =>
    worker.name !== query.worker && mayWorkOn(worker, query.job)
  );
}
