import { DomainError } from "../core/mod.ts";
import { findJob, listAttemptLogs } from "../store/mod.ts";
import type { JobLogs } from "../wire/mod.ts";
import type { FarmCore } from "./farm_turn.ts";
import { JOB_LOGS_MAX } from "./limits.ts";

/**
 * What the renderers of a job said last, as the wire shows it: the latest attempts that failed or
 * had something to say, oldest first.
 *
 * @throws {DomainError} `job_not_found`.
 */
export async function viewJobLogs(core: FarmCore, jobId: string): Promise<JobLogs> {
  return await core.db.read(async (tx) => {
    if (await findJob(tx, jobId) === undefined) {
      throw new DomainError("job_not_found", `Cannot find job ${jobId}`, {
        hint: "List the jobs with `olive jobs`",
      });
    }
    const logs = await listAttemptLogs(tx, { jobId, limit: JOB_LOGS_MAX });
    return {
      logs: logs.map(({ id, finishedAtMs, ...log }) => ({
        attemptId: id,
        partId: log.partId,
        kind: log.kind,
        range: log.range,
        worker: log.worker,
        state: log.state,
        reason: log.reason,
        startedAtMs: log.startedAtMs,
        ...(finishedAtMs === undefined ? {} : { finishedAtMs }),
        logTail: log.logTail,
      })),
    };
  });
}
