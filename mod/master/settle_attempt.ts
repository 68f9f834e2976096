import { type ErrorCode, invariant, PART_FAILURES_MAX } from "../core/mod.ts";
import {
  changePart,
  clearWorkerFailures,
  countWorkerFailure,
  listPartFailures,
  type PartResult,
  recordPartFailure,
  setWorkerAside,
} from "../store/mod.ts";
import type { BoardJob, BoardOngoingPart, LiveAttempt } from "./board_job.ts";
import { endJob, enterMergingIfRendered } from "./change_job_state.ts";
import { endAttempt } from "./end_attempt.ts";
import type { FarmCore, FarmTurn } from "./farm_turn.ts";
import { type FailureVerdict, judgeFailure, shouldSetAside } from "./policy/mod.ts";

/** Facts of a finished render, for the record. */
export interface AttemptFacts {
  readonly framesDone?: number;
  readonly renderMs?: number;
  readonly logTail?: string;
  readonly renderer?: string;
}

/** How an attempt failed. */
export interface AttemptFailure extends AttemptFacts {
  readonly code: ErrorCode;
  /** What the worker says, for a person. */
  readonly message: string;
}

/** An attempt on the board with its job and part; all three are there while it runs. */
interface Standing {
  readonly job: BoardJob;
  readonly part: BoardOngoingPart;
}

function standingOf(core: FarmCore, attempt: LiveAttempt): Standing {
  const job = core.board.findJob(attempt.jobId);
  const part = job?.findOngoing(attempt.partId);
  invariant(
    job !== undefined && part !== undefined,
    `running attempt ${attempt.attemptId} is of an ongoing part`,
  );
  return { job, part };
}

/**
 * The attempt has delivered: its part is complete, whoever else works on it has lost.
 *
 * @returns `false` if it ran no more; nothing has changed then.
 */
export async function succeedAttempt(
  core: FarmCore,
  turn: FarmTurn,
  success: {
    readonly attempt: LiveAttempt;
    readonly result: PartResult;
    readonly facts: AttemptFacts;
  },
): Promise<boolean> {
  const { attempt, result, facts } = success;
  const { job, part } = standingOf(core, attempt);
  const reason = `Rendered by ${attempt.worker}`;
  if (!await endAttempt(core, turn, { attempt, to: "succeeded", reason, ...facts })) return false;
  for (const other of [...part.attempts]) {
    await endAttempt(core, turn, {
      attempt: other,
      to: "superseded",
      reason: `${attempt.worker} was faster`,
    });
  }
  const isChanged = await changePart(turn.tx, {
    part: part.part,
    from: "ongoing",
    to: "completed",
    reason,
    nowMs: turn.nowMs,
    result,
  });
  invariant(isChanged, `part ${part.partId} of a running attempt is ongoing`);
  job.removeOngoing(part.partId);
  job.partsCompleted++;
  if (part.kind === "video") job.framesCompleted += part.range.endFrame - part.range.startFrame;
  await forgiveWorker(turn, { job, worker: attempt.worker });
  await enterMergingIfRendered(core, turn, job);
  return true;
}

/**
 * The attempt has failed: the worker gets the part no more while another could do it; the third
 * different worker, or the last capable one, fails the job.
 *
 * @returns `false` if it ran no more; nothing has changed then.
 */
export async function failAttempt(
  core: FarmCore,
  turn: FarmTurn,
  failed: { readonly attempt: LiveAttempt; readonly failure: AttemptFailure },
): Promise<boolean> {
  const { attempt, failure } = failed;
  const { message, ...facts } = failure;
  const { job, part } = standingOf(core, attempt);
  if (!await endAttempt(core, turn, { attempt, to: "failed", reason: message, ...facts })) {
    return false;
  }
  await recordPartFailure(turn.tx, {
    partId: part.partId,
    worker: attempt.worker,
    attemptId: attempt.attemptId,
    code: failure.code,
    message,
    atMs: turn.nowMs,
  });
  await judgeWorker(core, turn, { job, part, attempt });
  await releasePart(core, turn, { job, part, reason: message, lastFailure: failure });
  return true;
}

/**
 * The attempt has ended without a failure of its own: its lease ran out, or the worker gave it
 * back. Its part may be handed out again at once; nothing is counted.
 *
 * @returns `false` if it ran no more; nothing has changed then.
 */
export async function loseAttempt(
  core: FarmCore,
  turn: FarmTurn,
  lost: { readonly attempt: LiveAttempt; readonly reason: string },
): Promise<boolean> {
  const { attempt, reason } = lost;
  const { job, part } = standingOf(core, attempt);
  if (!await endAttempt(core, turn, { attempt, to: "lost", reason })) return false;
  await releasePart(core, turn, { job, part, reason });
  return true;
}

/** A success: the worker is in good standing with the job. */
async function forgiveWorker(
  turn: FarmTurn,
  state: { readonly job: BoardJob; readonly worker: string },
): Promise<void> {
  const { job, worker } = state;
  if (!job.onProbation.includes(worker) && !job.setAside.includes(worker)) return;
  await clearWorkerFailures(turn.tx, { jobId: job.id, worker });
  job.onProbation = job.onProbation.filter((name) => name !== worker);
  job.setAside = job.setAside.filter((name) => name !== worker);
}

/** Counts a failure against the worker, if another could do what it could not. */
async function judgeWorker(
  core: FarmCore,
  turn: FarmTurn,
  state: Standing & { readonly attempt: LiveAttempt },
): Promise<void> {
  const { job, part, attempt } = state;
  const { worker } = attempt;
  const workers = core.workers.list();
  const key = { jobId: job.id, worker };
  const failedWorkers = [...part.failedWorkers, worker];
  const verdict = judge(core, { failedWorkers, job });
  if (verdict.verdict === "fail_job") return;
  const failuresInARow = await countWorkerFailure(turn.tx, key);
  if (!job.onProbation.includes(worker)) job.onProbation.push(worker);
  if (!shouldSetAside({ worker, failuresInARow, job, workers })) return;
  const reason = `${failuresInARow} failures in a row`;
  if (!await setWorkerAside(turn.tx, { ...key, reason, nowMs: turn.nowMs })) return;
  job.setAside.push(worker);
  turn.afterCommit(() =>
    core.logger.warn("worker_changed", `Worker ${worker} is set aside for job ${job.id}`, {
      workerName: worker,
      jobId: job.id,
      reason,
    })
  );
}

/** What follows from a failed part. Workers that a new master still waits for are hopes, too. */
function judge(
  core: FarmCore,
  query: { readonly failedWorkers: readonly string[]; readonly job: BoardJob },
): FailureVerdict {
  const { failedWorkers, job } = query;
  const hopes = core.workers.expected.filter((name) => !failedWorkers.includes(name));
  if (hopes.length > 0 && new Set(failedWorkers).size < PART_FAILURES_MAX) {
    return { verdict: "retry", reason: `${hopes.join(", ")} may come back` };
  }
  return judgeFailure({ failedWorkers, job, workers: core.workers.list() });
}

/** Part whose attempt has ended without a result. */
interface Release {
  readonly job: BoardJob;
  readonly part: BoardOngoingPart;
  readonly reason: string;
  readonly lastFailure?: AttemptFailure;
}

/** Puts a part that nobody works on any more among the failed ones, or fails the job over it. */
async function releasePart(core: FarmCore, turn: FarmTurn, release: Release): Promise<void> {
  const { job, part, reason } = release;
  const failures = await listPartFailures(turn.tx, part.partId);
  const failedWorkers = failures.map((failure) => failure.worker);
  if (part.attempts.length > 0) {
    // The other attempt decides; whoever fails last is judged by all failures.
    job.putOngoing({ ...part, failedWorkers });
    return;
  }
  const isChanged = await changePart(turn.tx, {
    part: part.part,
    from: "ongoing",
    to: "failed",
    reason,
    nowMs: turn.nowMs,
  });
  invariant(isChanged, `part ${part.partId} of a running attempt is ongoing`);
  job.removeOngoing(part.partId);
  const { partId, kind, range } = part;
  job.failed.push({ partId, kind, range, failedWorkers, part: { ...part.part, state: "failed" } });
  job.failed.sort((a, b) => a.range.startFrame - b.range.startFrame);
  turn.tellWorkers();
  if (failures.length === 0) return;
  const verdict = judge(core, { failedWorkers, job });
  if (verdict.verdict === "retry") return;
  // A loss is no reason to give up: somebody may come who has not failed it yet.
  if (release.lastFailure === undefined) return;
  const about = kind === "audio"
    ? "the sound"
    : `frames ${range.startFrame} to ${range.endFrame - 1}`;
  await endJob(core, turn, {
    job,
    to: "failed",
    reason: describeFailure({
      verdict: verdict.reason,
      about,
      failure: release.lastFailure,
    }),
  });
}

/** Parts in work of which no attempt runs become failed ones. A database in order has none. */
export async function releaseAbandonedParts(
  core: FarmCore,
  turn: FarmTurn,
  job: BoardJob,
): Promise<void> {
  for (const part of job.ongoing.filter((each) => each.attempts.length === 0)) {
    await releasePart(core, turn, { job, part, reason: "Nobody worked on it" });
  }
}

/** Last lines of a renderer's words that a reason repeats. */
const REASON_LINES_MAX = 12;
/** Characters of them. */
const REASON_CHARS_MAX = 4_000;

function describeFailure(
  facts: { readonly verdict: string; readonly about: string; readonly failure: AttemptFailure },
): string {
  const { verdict, about, failure } = facts;
  const lines = (failure.logTail ?? "").trimEnd().split("\n").slice(-REASON_LINES_MAX).join("\n");
  const words = lines.slice(-REASON_CHARS_MAX).trim();
  const sentence = `${verdict} (${about}): ${failure.message}`;
  return words === "" || sentence.includes(words) ? sentence : `${sentence}\n${words}`;
}
