import type { MasterClient } from "../mod/client/mod.ts";
import { type Clock, isDomainError, isFinalJobState } from "../mod/core/mod.ts";
import { type JobView, nextStep } from "../mod/wire/mod.ts";
import type { JobReporter } from "./follow_job.ts";

/** What following several jobs needs. */
export interface FollowJobsRequest {
  readonly client: MasterClient;
  readonly clock: Clock;
  readonly reporter: JobReporter;
  readonly jobIds: readonly string[];
  /** Ends the look; the jobs go on. */
  readonly stop: AbortSignal;
}

/** How jobs that were followed stand. */
export interface FollowedJobs {
  /** Every job, in the order in which they were named. */
  readonly jobs: readonly JobView[];
  /** `false`: the look was ended before all jobs were. */
  readonly haveAllEnded: boolean;
}

const REFRESH_MS = 500;

/**
 * Reports the progress of several jobs until all have ended, also over a restart of the master. One
 * question at a time tells of all of them, however many.
 *
 * @throws {DomainError} What no waiting mends: `job_not_found`, `identity_refused` and the like.
 */
export async function followJobs(request: FollowJobsRequest): Promise<FollowedJobs> {
  const { clock, reporter, stop } = request;
  const known = new Map<string, JobView>();
  const open = new Set(request.jobIds);
  let isLost = false;
  while (open.size > 0 && !stop.aborted) {
    try {
      const ended = await look(request, { known, open });
      isLost = false;
      for (const job of ended) reporter.onEnded(job);
      reporter.onProgressOfAll([...known.values()]);
    } catch (error) {
      if (stop.aborted) break;
      if (!isDomainError(error) || nextStep(error) !== "retry") throw error;
      if (!isLost) reporter.onMasterLost(error.message);
      isLost = true;
    }
    if (open.size > 0) await clock.sleep(REFRESH_MS, stop);
  }
  const jobs = request.jobIds.flatMap((id) => known.get(id) ?? []);
  return { jobs, haveAllEnded: open.size === 0 };
}

/** Brings `known` up to date, takes what has ended out of `open`, and returns it. */
async function look(
  request: FollowJobsRequest,
  state: { readonly known: Map<string, JobView>; readonly open: Set<string> },
): Promise<readonly JobView[]> {
  const { client, stop: signal } = request;
  const { known, open } = state;
  const live = new Map((await client.status({ signal })).jobs.map((job) => [job.id, job]));
  const ended: JobView[] = [];
  for (const jobId of [...open]) {
    // Only what has not ended is in the farm's one look; the others are asked for once.
    const job = live.get(jobId) ?? (await client.getJob(jobId, { signal })).job;
    known.set(jobId, job);
    if (!isFinalJobState(job.state)) continue;
    open.delete(jobId);
    ended.push(job);
  }
  return ended;
}
