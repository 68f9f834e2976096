import { DomainError, isFinalJobState } from "../core/mod.ts";
import {
  changePart,
  findJob,
  findPart,
  forgetJobWorkers,
  forgetPartFailures,
  hasUnfinishedPart,
  type Job,
  setJobPriority,
} from "../store/mod.ts";
import { endJob, enterMergingIfRendered, moveBoardJob, moveJob } from "./change_job_state.ts";
import { type FarmCore, type FarmTurn, takeTurn } from "./farm_turn.ts";

/** A person's wish about a job. */
export interface JobOrder {
  readonly jobId: string;
  /** Who wishes it: the name in the certificate. */
  readonly by: string;
}

/**
 * Hands out nothing more of a job; what runs goes on. Does nothing to a job that is paused.
 *
 * @throws {DomainError} `job_not_found`; `invalid_transition` if the job is being merged or has ended.
 */
export function pauseJob(core: FarmCore, order: JobOrder): Promise<Job> {
  return changeByOrder(core, order, async (turn, job) => {
    if (job.state === "paused") return;
    const board = core.board.findJob(job.id);
    if (board === undefined) throw cannot("pause", job);
    await moveBoardJob(core, turn, { job: board, to: "paused", reason: `Paused by ${order.by}` });
  });
}

/**
 * Hands out parts of a paused job again. Does nothing to a job that is not paused.
 *
 * @throws {DomainError} `job_not_found`; `invalid_transition` if the job has ended.
 */
export function resumeJob(core: FarmCore, order: JobOrder): Promise<Job> {
  return changeByOrder(core, order, async (turn, job) => {
    if (job.state === "queued" || job.state === "running" || job.state === "merging") return;
    const board = core.board.findJob(job.id);
    if (board === undefined || job.state !== "paused") throw cannot("resume", job);
    const to = job.startedAtMs === undefined ? "queued" : "running";
    await moveBoardJob(core, turn, { job: board, to, reason: `Resumed by ${order.by}` });
    await enterMergingIfRendered(core, turn, board);
    turn.tellWorkers();
  });
}

/**
 * Ends a job for good. Does nothing to one that is cancelled.
 *
 * @throws {DomainError} `job_not_found`; `invalid_transition` if its film is finished.
 */
export function cancelJob(core: FarmCore, order: JobOrder): Promise<Job> {
  return changeByOrder(core, order, async (turn, job) => {
    if (job.state === "cancelled") return;
    if (job.state === "completed") throw cannot("cancel", job);
    const reason = `Cancelled by ${order.by}`;
    const board = core.board.findJob(job.id);
    if (board !== undefined) {
      return await endJob(core, turn, { job: board, to: "cancelled", reason });
    }
    await moveJob(core, turn, { jobId: job.id, from: job.state, to: "cancelled", reason });
  });
}

/**
 * Takes up a failed job: what is completed stays, what is left is tried again, by everybody.
 *
 * @throws {DomainError} `job_not_found`; `invalid_transition` if the job has not failed.
 */
export function retryJob(core: FarmCore, order: JobOrder): Promise<Job> {
  return changeByOrder(core, order, async (turn, job) => {
    if (job.state !== "failed") throw cannot("retry", job);
    const { tx } = turn;
    await forgetPartFailures(tx, job.id);
    await forgetJobWorkers(tx, job.id);
    const reason = `Taken up again by ${order.by}`;
    await moveJob(core, turn, { jobId: job.id, from: "failed", to: "queued", reason });
    if (!await hasUnfinishedPart(tx, job.id)) {
      const merging = { jobId: job.id, from: "queued", to: "merging" } as const;
      await moveJob(core, turn, { ...merging, reason: "Every part is there" });
    }
    await core.board.load(tx, job.id);
    turn.tellWorkers();
  });
}

/**
 * Sets a job's priority; what runs is not disturbed.
 *
 * @throws {DomainError} `job_not_found`.
 */
export function reprioritizeJob(
  core: FarmCore,
  order: JobOrder & { readonly priority: number },
): Promise<Job> {
  return changeByOrder(core, order, async (turn, job) => {
    const { priority } = order;
    turn.touch(job.id);
    await setJobPriority(turn.tx, { jobId: job.id, priority });
    const board = core.board.findJob(job.id);
    if (board !== undefined) board.job = { ...board.job, priority };
    turn.tellJob(job.id);
    turn.tellWorkers();
  });
}

/** What the film maker tells of a job in its care. */
export interface MergeOutcome {
  readonly jobId: string;
  readonly reason: string;
}

/**
 * The film is finished and has its name.
 *
 * @throws {DomainError} `job_not_found`; `invalid_transition` if the job is not being merged: it was
 * cancelled meanwhile.
 */
export function completeJob(core: FarmCore, outcome: MergeOutcome): Promise<Job> {
  return changeByOrder(core, { ...outcome, by: "" }, async (turn, job) => {
    if (job.state !== "merging") throw cannot("complete", job);
    const { jobId, reason } = outcome;
    await moveJob(core, turn, { jobId, from: "merging", to: "completed", reason });
  });
}

/**
 * The job cannot be brought to its end. Does nothing to one that has ended.
 *
 * @throws {DomainError} `job_not_found`.
 */
export function failJob(core: FarmCore, outcome: MergeOutcome): Promise<Job> {
  return changeByOrder(core, { ...outcome, by: "" }, async (turn, job) => {
    const { jobId, reason } = outcome;
    const board = core.board.findJob(jobId);
    if (board !== undefined) return await endJob(core, turn, { job: board, to: "failed", reason });
    if (job.state !== "merging") return;
    await moveJob(core, turn, { jobId, from: "merging", to: "failed", reason });
  });
}

/**
 * The file of a completed part proved bad when it was joined: it is rendered again.
 *
 * @returns The job, running again if it was being merged.
 * @throws {DomainError} `part_not_found`; `invalid_transition` if the part is not complete, or
 * the job has ended.
 */
export function rejectCompletedPart(
  core: FarmCore,
  rejected: { readonly partId: string; readonly reason: string },
): Promise<Job> {
  return takeTurn(core, async (turn) => {
    const { partId, reason } = rejected;
    const { tx, nowMs } = turn;
    const part = await findPart(tx, partId);
    if (part === undefined) {
      throw new DomainError("part_not_found", `Cannot find part ${partId}`);
    }
    turn.touch(part.jobId);
    const job = await getJob(turn, part.jobId);
    if (isFinalJobState(job.state)) throw cannot("render a part again of", job);
    const isChanged = part.state === "completed" &&
      await changePart(tx, { part, from: "completed", to: "failed", reason, nowMs });
    if (!isChanged) {
      throw new DomainError(
        "invalid_transition",
        `Cannot render part ${partId} again: it is ${part.state}, must be completed`,
      );
    }
    if (job.state === "merging") {
      await moveJob(core, turn, { jobId: job.id, from: "merging", to: "running", reason });
    }
    await core.board.load(tx, job.id);
    turn.tellJob(job.id);
    turn.tellWorkers();
    return await getJob(turn, job.id);
  });
}

function changeByOrder(
  core: FarmCore,
  order: JobOrder,
  act: (turn: FarmTurn, job: Job) => Promise<void>,
): Promise<Job> {
  return takeTurn(core, async (turn) => {
    await act(turn, await getJob(turn, order.jobId));
    return await getJob(turn, order.jobId);
  });
}

async function getJob(turn: FarmTurn, jobId: string): Promise<Job> {
  const job = await findJob(turn.tx, jobId);
  if (job !== undefined) return job;
  throw new DomainError("job_not_found", `Cannot find job ${jobId}`, {
    hint: "List the jobs with `olive jobs`",
  });
}

function cannot(what: string, job: Job): DomainError {
  return new DomainError("invalid_transition", `Cannot ${what} job ${job.id}: it is ${job.state}`, {
    details: { state: job.state },
  });
}
