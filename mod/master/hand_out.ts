import { frameCount, type FrameRange, newAttemptId, newPartId } from "../core/mod.ts";
import { carvePart, changePart, insertAttempt, type Part } from "../store/mod.ts";
import type { Assignment } from "../wire/mod.ts";
import type { BoardJob, LiveAttempt } from "./board_job.ts";
import { moveBoardJob } from "./change_job_state.ts";
import { type FarmCore, type FarmTurn, takeTurn } from "./farm_turn.ts";
import type { OnlineWorker } from "./online_workers.ts";
import { beginProgress, chooseWork, type Decision, type NoWork } from "./policy/mod.ts";

/** What a worker was given, or why nothing. */
export type HandOut =
  | { readonly kind: "assignment"; readonly assignment: Assignment }
  | NoWork;

/** Who asks for a part. */
export interface HandOutRequest {
  readonly worker: OnlineWorker;
  /** One of its slots stands idle; `false`: it asks ahead of need. */
  readonly isSlotIdle: boolean;
}

/**
 * Chooses a part for a worker and hands it out, in one turn of the writer.
 *
 * @param core The farm.
 * @param request Who asks.
 * @returns The assignment, committed; or why there is none.
 * @throws {DomainError} `db_busy`, `db_failed`, `disk_full`; nothing was handed out then.
 */
export async function handOut(core: FarmCore, request: HandOutRequest): Promise<HandOut> {
  // Most questions end here, in memory: a turn of the writer is for those that change something.
  const guess = isUpToDate(core) ? decide(core, request) : undefined;
  if (guess?.kind === "nothing") return guess;
  const { revision } = core.board;
  return await takeTurn(core, async (turn) => {
    for (const job of core.board.jobs) await core.speeds.load(turn.tx, job.speedKeys);
    const isStill = guess !== undefined && revision === core.board.revision;
    const decision = isStill ? guess : decide(core, request);
    if (decision.kind === "nothing") return decision;
    const taken = await takePart(core, turn, { decision, worker: request.worker });
    if (taken === undefined) {
      // The board was wrong about this job; it is read again, and the worker asks again.
      core.board.markStale(decision.jobId);
      return { kind: "nothing", reason: "The queue has just changed", askAgainInMs: 1 };
    }
    return { kind: "assignment", assignment: taken };
  });
}

function isUpToDate(core: FarmCore): boolean {
  return !core.board.isStale && core.board.jobs.every((job) => core.speeds.has(job.speedKeys));
}

function decide(core: FarmCore, request: HandOutRequest): Decision | NoWork {
  const { worker, isSlotIdle } = request;
  const { board, workers, clock } = core;
  if (!workers.isOnline(worker)) return { kind: "nothing", reason: "The worker is away" };
  return chooseWork({
    nowMs: clock.monotonicMs(),
    worker: worker.name,
    isSlotIdle,
    jobs: board.jobs,
    workers: workers.list(),
    projectsToCome: core.toCome.count,
  });
}

/** A decision that is being carried out. */
interface Taking {
  readonly decision: Decision;
  readonly worker: OnlineWorker;
}

async function takePart(
  core: FarmCore,
  turn: FarmTurn,
  taking: Taking,
): Promise<Assignment | undefined> {
  const { decision, worker } = taking;
  const job = core.board.findJob(decision.jobId);
  if (job === undefined) return undefined;
  turn.touch(job.id);
  const part = await makeOngoing(core, turn, { job, ...taking });
  if (part === undefined) return undefined;
  if (job.job.state === "queued") {
    await moveBoardJob(core, turn, { job, to: "running", reason: `${worker.name} has begun` });
  }
  return await startAttempt(core, turn, { job, part, ...taking });
}

type Step = Taking & { readonly job: BoardJob };

/** Brings the chosen part, or the chosen frames of it, into work. `undefined` if it is not as on the board. */
async function makeOngoing(
  core: FarmCore,
  turn: FarmTurn,
  step: Step,
): Promise<Part | undefined> {
  const { job, decision } = step;
  switch (decision.kind) {
    case "carve": {
      const from = job.queuedParts.find((part) =>
        part.range.startFrame === decision.range.startFrame
      );
      if (from === undefined) return undefined;
      const taken = await cutOrTake(core, turn, { part: from, range: decision.range, step });
      if (taken === undefined) return undefined;
      job.queuedParts = replacePart(job.queuedParts, { from, taken });
      addOngoing(job, { part: taken, failedWorkers: [] });
      return taken;
    }
    case "audio": {
      if (job.queuedAudio?.id !== decision.partId) return undefined;
      const taken = await cutOrTake(core, turn, { part: job.queuedAudio, step });
      if (taken === undefined) return undefined;
      job.queuedAudio = undefined;
      addOngoing(job, { part: taken, failedWorkers: [] });
      return taken;
    }
    case "retry": {
      const from = job.failed.find((part) => part.partId === decision.partId);
      if (from === undefined) return undefined;
      const { range } = decision;
      const cut = { part: from.part, step, ...(range === undefined ? {} : { range }) };
      const taken = await cutOrTake(core, turn, cut);
      if (taken === undefined) return undefined;
      const { failedWorkers } = from;
      job.failed = job.failed.flatMap((each) => {
        if (each !== from) return [each];
        const [rest] = replacePart([from.part], { from: from.part, taken });
        return rest === undefined ? [] : [{ ...from, range: rest.range, part: rest }];
      });
      addOngoing(job, { part: taken, failedWorkers });
      return taken;
    }
    case "second":
      return job.findOngoing(decision.partId)?.part;
  }
}

/** Takes a waiting part whole, or its first frames as a part of their own. */
async function cutOrTake(
  core: FarmCore,
  turn: FarmTurn,
  cut: { readonly part: Part; readonly range?: FrameRange; readonly step: Step },
): Promise<Part | undefined> {
  const { part, range = part.range, step } = cut;
  const { nowMs } = turn;
  const reason = `${step.decision.reason}; to ${step.worker.name}`;
  if (frameCount(range) < frameCount(part.range)) {
    const newId = newPartId(core.random, part.jobId);
    return await carvePart(turn.tx, { part, cutFrame: range.endFrame, newId, reason, nowMs });
  }
  const { state: from } = part;
  const isTaken = await changePart(turn.tx, { part, from, to: "ongoing", reason, nowMs });
  return isTaken ? { ...part, state: "ongoing", changedAtMs: nowMs } : undefined;
}

/** What a list of waiting parts is after frames of one were taken. */
function replacePart(
  parts: readonly Part[],
  change: { readonly from: Part; readonly taken: Part },
): Part[] {
  const { from, taken } = change;
  return parts.flatMap((part) => {
    if (part !== from) return [part];
    const startFrame = taken.range.endFrame;
    const { endFrame } = from.range;
    return startFrame < endFrame ? [{ ...from, range: { startFrame, endFrame } }] : [];
  });
}

function addOngoing(
  job: BoardJob,
  entry: { readonly part: Part; readonly failedWorkers: readonly string[] },
): void {
  const { part, failedWorkers } = entry;
  const { id: partId, kind, range } = part;
  job.putOngoing({ partId, kind, range, failedWorkers, part, attempts: [] });
}

async function startAttempt(
  core: FarmCore,
  turn: FarmTurn,
  step: Step & { readonly part: Part },
): Promise<Assignment | undefined> {
  const { job, part, worker, decision } = step;
  const speed = worker.speedOf(job.id, part.kind);
  const monotonicMs = core.clock.monotonicMs();
  const attempt: LiveAttempt = {
    attemptId: newAttemptId(core.random),
    partId: part.id,
    jobId: job.id,
    kind: part.kind,
    range: part.range,
    worker: worker.name,
    sessionId: worker.sessionId,
    expectedFps: speed.isMeasured ? speed.fps : 0,
    startedAtMs: monotonicMs,
    startedWallMs: turn.nowMs,
    ...beginProgress(monotonicMs),
    phase: "waiting",
    leaseEndMs: monotonicMs + core.leaseMs,
    isJudged: false,
    storedFrames: 0,
  };
  const { attemptId: id, jobId, partId, kind, range, sessionId, expectedFps } = attempt;
  const { reason } = decision;
  const row = { id, jobId, partId, kind, range, worker: worker.name, sessionId, expectedFps };
  if (!await insertAttempt(turn.tx, { ...row, reason, nowMs: turn.nowMs })) return undefined;
  job.findOngoing(partId)?.attempts.push(attempt);
  core.board.addAttempt(attempt);
  turn.tellJob(jobId);
  turn.afterCommit(() =>
    core.logger.info("attempt_changed", "Attempt running", {
      attemptId: id,
      jobId,
      partId,
      workerName: worker.name,
      stateOld: "",
      stateNew: "running",
      frames: frameCount(range),
      reason,
    })
  );
  return toAssignment(attempt, job);
}

/** An attempt as its worker is told of it. */
export function toAssignment(attempt: LiveAttempt, job: BoardJob): Assignment {
  const { attemptId, jobId, partId, kind, range, expectedFps } = attempt;
  const { preset, planSha256 } = job.job;
  return { attemptId, jobId, partId, kind, range, preset, planSha256, expectedFps };
}
