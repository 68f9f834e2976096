import { ATTEMPTS_PER_PART_MAX, frameCount } from "../../core/mod.ts";
import { mayWorkOn } from "./ability.ts";
import { type FarmView, hasFramesFor } from "./farm_view.ts";
import { SECOND_GAIN_MS, SECOND_GAIN_SHARE } from "./limits.ts";
import type { Decision, JobSnapshot, OngoingPart, WorkerSnapshot, WorkQuery } from "./snapshot.ts";

/** One request of one worker whose slot stands idle. */
export interface SecondAttemptRequest {
  readonly query: WorkQuery;
  readonly worker: WorkerSnapshot;
  readonly view: FarmView;
}

/**
 * Chooses an ongoing part to be tried a second time: in the order of jobs, the one with the latest
 * estimated end that this worker would beat by more than the estimates are wrong.
 *
 * @returns `undefined` if there is none.
 */
export function chooseSecondAttempt(request: SecondAttemptRequest): Decision | undefined {
  const { view, worker } = request;
  for (const job of view.jobs) {
    // Also what was just left to a quicker worker comes before any second attempt.
    if (!mayWorkOn(worker, job) || hasFramesFor(worker, job)) continue;
    const best = latestBeatable(request, job);
    if (best !== undefined) return best;
  }
  return undefined;
}

function latestBeatable(request: SecondAttemptRequest, job: JobSnapshot): Decision | undefined {
  const { nowMs } = request.query;
  let latest: { part: OngoingPart; endMs: number; ownMs: number } | undefined;
  for (const part of job.ongoing) {
    if (!mayRepeat(request.worker, part)) continue;
    const endMs = Math.min(...part.attempts.map((each) => endOf(request, each.attemptId)));
    if (latest !== undefined && endMs <= latest.endMs) continue;
    const { fps, startMs } = request.worker.speedOf(job.id, part.kind);
    const ownMs = startMs + frameCount(part.range) * 1_000 / fps;
    const gainMs = endMs - nowMs - ownMs;
    if (gainMs <= marginMs(ownMs)) continue;
    if (isBetterElsewhere(request, { job, part, ownEndMs: nowMs + ownMs })) continue;
    latest = { part, endMs, ownMs };
  }
  if (latest === undefined) return undefined;
  const { part, endMs, ownMs } = latest;
  const seconds = Math.round(ownMs / 1_000);
  const reason = endMs === Infinity
    ? `Nothing is heard of the first attempt, this worker would need ${seconds} s`
    : `The first attempt needs ${
      Math.round((endMs - nowMs) / 1_000)
    } s more, this worker ${seconds} s`;
  return { kind: "second", jobId: job.id, partId: part.partId, reason };
}

/** How much a worker must win: estimates are no better. */
function marginMs(ownMs: number): number {
  return Math.max(SECOND_GAIN_MS, SECOND_GAIN_SHARE * ownMs);
}

/** Whether another worker, that has nothing else to do next, comes free so soon that it would be done sooner. */
function isBetterElsewhere(
  request: SecondAttemptRequest,
  state: { readonly job: JobSnapshot; readonly part: OngoingPart; readonly ownEndMs: number },
): boolean {
  const { query, view, worker } = request;
  const { job, part, ownEndMs } = state;
  return query.workers.some((other) => {
    if (other.name === worker.name) return false;
    const { fps, startMs } = other.speedOf(job.id, part.kind);
    const otherMs = startMs + frameCount(part.range) * 1_000 / fps;
    const freeAtMs = view.timelines.freeAtMs.get(other.name)?.[0] ?? Infinity;
    if (freeAtMs + otherMs + marginMs(otherMs) >= ownEndMs) return false;
    return mayRepeat(other, part) && mayWorkOn(other, job) && !view.hasFramesFor(other);
  });
}

function endOf(request: SecondAttemptRequest, attemptId: string): number {
  return request.view.timelines.endsAtMs.get(attemptId) ?? Infinity;
}

function mayRepeat(worker: WorkerSnapshot, part: OngoingPart): boolean {
  if (part.attempts.length >= ATTEMPTS_PER_PART_MAX) return false;
  if (part.failedWorkers.includes(worker.name)) return false;
  return !part.attempts.some((attempt) => attempt.worker === worker.name);
}
