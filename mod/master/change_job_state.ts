import type { JobState } from "../core/mod.ts";
import { changeJob, changePart, type JobChange } from "../store/mod.ts";
import type { BoardJob } from "./board_job.ts";
import { endAttempt } from "./end_attempt.ts";
import type { FarmCore, FarmTurn } from "./farm_turn.ts";

/** Changes a job's state in the database and in the log; the caller sees to the board. */
export async function moveJob(
  core: FarmCore,
  turn: FarmTurn,
  change: Omit<JobChange, "nowMs">,
): Promise<boolean> {
  const { jobId, from, to, reason } = change;
  turn.touch(jobId);
  if (!await changeJob(turn.tx, { ...change, nowMs: turn.nowMs })) return false;
  turn.tellJob(jobId);
  turn.afterCommit(() =>
    core.logger.info("job_changed", `Job ${to}`, { jobId, stateOld: from, stateNew: to, reason })
  );
  return true;
}

/** Changes the state of a job that stays on the board. */
export async function moveBoardJob(
  core: FarmCore,
  turn: FarmTurn,
  change: { readonly job: BoardJob; readonly to: JobState; readonly reason: string },
): Promise<boolean> {
  const { job, to, reason } = change;
  const isMoved = await moveJob(core, turn, { jobId: job.id, from: job.job.state, to, reason });
  if (!isMoved) return false;
  const startedAtMs = to === "running" ? job.job.startedAtMs ?? turn.nowMs : job.job.startedAtMs;
  job.job = { ...job.job, state: to, reason, startedAtMs };
  return true;
}

/** Sends a job to be merged if nothing of it is left to be rendered, also if it is paused. */
export async function enterMergingIfRendered(
  core: FarmCore,
  turn: FarmTurn,
  job: BoardJob,
): Promise<void> {
  if (!job.isRendered) return;
  await moveBoardJob(core, turn, { job, to: "merging", reason: "Every part is there" });
  core.board.dropJob(job.id);
}

/**
 * Ends a job before its time: its running attempts are cancelled, and their workers told at once.
 *
 * A failed one keeps its parts for `olive retry`; of a cancelled one nothing is left to be done.
 */
export async function endJob(
  core: FarmCore,
  turn: FarmTurn,
  end: { readonly job: BoardJob; readonly to: "failed" | "cancelled"; readonly reason: string },
): Promise<void> {
  const { job, to, reason } = end;
  const { nowMs } = turn;
  const cause = to === "failed" ? "The job has failed" : reason;
  for (const part of [...job.ongoing]) {
    for (const attempt of [...part.attempts]) {
      await endAttempt(core, turn, { attempt, to: "cancelled", reason: cause });
    }
    const partEnd = { part: part.part, from: "ongoing" as const, to, reason: cause, nowMs };
    await changePart(turn.tx, partEnd);
  }
  if (to === "cancelled") {
    for (const { part } of job.failed) {
      await changePart(turn.tx, { part, from: "failed", to, reason, nowMs });
    }
    const queued = job.queuedAudio === undefined
      ? job.queuedParts
      : [...job.queuedParts, job.queuedAudio];
    for (const part of queued) {
      await changePart(turn.tx, { part, from: "queued", to, reason, nowMs });
    }
  }
  await moveBoardJob(core, turn, { job, to, reason });
  core.board.dropJob(job.id);
  turn.tellWorkers();
}
