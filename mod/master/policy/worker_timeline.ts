import { frameCount } from "../../core/mod.ts";
import { estimateEnd } from "./estimate_end.ts";
import type { AttemptSnapshot, JobSnapshot, OngoingPart, WorkerSnapshot } from "./snapshot.ts";

/** An attempt with the part and the job that it belongs to. */
interface Holding {
  readonly attempt: AttemptSnapshot;
  readonly part: OngoingPart;
  readonly job: JobSnapshot;
}

/** What the workers have in hand: when each slot comes free, when each attempt ends. */
export interface Timelines {
  /** When each slot of a worker comes free, ascending; `Infinity` for one that stands still. */
  readonly freeAtMs: ReadonlyMap<string, readonly number[]>;
  /** Estimated end of every running attempt, by its id; `Infinity` if nothing is expected of it. */
  readonly endsAtMs: ReadonlyMap<string, number>;
}

/** What {@linkcode planTimelines} looks at. */
export interface TimelineQuery {
  readonly nowMs: number;
  readonly jobs: readonly JobSnapshot[];
  readonly workers: readonly WorkerSnapshot[];
}

/**
 * When a worker has a slot for one more part, by what it has in hand, milliseconds.
 *
 * @returns `Infinity` if all of its slots stand still.
 */
export function nextFreeAtMs(query: TimelineQuery, worker: WorkerSnapshot): number {
  const holdings: Holding[] = [];
  for (const job of query.jobs) {
    for (const part of job.ongoing) {
      for (const attempt of part.attempts) {
        if (attempt.worker === worker.name) holdings.push({ attempt, part, job });
      }
    }
  }
  const { nowMs } = query;
  return planWorker({ worker, holdings, nowMs, endsAtMs: new Map() })[0] ?? nowMs;
}

/**
 * Works out when everything that is in hand will be over. Attempts of workers that are not online
 * end by what was expected of them.
 */
export function planTimelines(query: TimelineQuery): Timelines {
  const { nowMs, jobs, workers } = query;
  const held = new Map<string, Holding[]>();
  for (const job of jobs) {
    for (const part of job.ongoing) {
      for (const attempt of part.attempts) {
        const list = held.get(attempt.worker);
        const holding = { attempt, part, job };
        if (list === undefined) held.set(attempt.worker, [holding]);
        else list.push(holding);
      }
    }
  }
  const freeAtMs = new Map<string, readonly number[]>();
  const endsAtMs = new Map<string, number>();
  for (const worker of workers) {
    const holdings = held.get(worker.name) ?? [];
    held.delete(worker.name);
    freeAtMs.set(worker.name, planWorker({ worker, holdings, nowMs, endsAtMs }));
  }
  for (const { attempt, part } of [...held.values()].flat()) {
    endsAtMs.set(
      attempt.attemptId,
      estimateEnd({ attempt, frames: frameCount(part.range), nowMs }),
    );
  }
  return { freeAtMs, endsAtMs };
}

/** After a failed part, nothing is expected of a worker's next until there is a frame of it. */
function isDistrusted(holding: Holding): boolean {
  const { attempt, job } = holding;
  return attempt.framesDone === 0 && (job.onProbation?.includes(attempt.worker) ?? false);
}

interface WorkerPlan {
  readonly worker: WorkerSnapshot;
  readonly holdings: readonly Holding[];
  readonly nowMs: number;
  readonly endsAtMs: Map<string, number>;
}

/** Fills the slots of a worker with what it has: first what renders, then what waits, in order. */
function planWorker(plan: WorkerPlan): number[] {
  const { worker, holdings, nowMs, endsAtMs } = plan;
  const slots: number[] = [];
  const waiting: Holding[] = [];
  for (const holding of holdings) {
    const { attempt, part, job } = holding;
    if (attempt.stage === "waiting") {
      waiting.push(holding);
      continue;
    }
    const speed = worker.speedOf(job.id, part.kind);
    const endMs = isDistrusted(holding)
      ? Infinity
      : estimateEnd({ attempt, frames: frameCount(part.range), speed, nowMs });
    endsAtMs.set(attempt.attemptId, endMs);
    if (attempt.stage === "rendering") slots.push(endMs);
  }
  while (slots.length < worker.slots) slots.push(nowMs);
  slots.sort((a, b) => a - b);
  waiting.sort((a, b) => a.attempt.startedAtMs - b.attempt.startedAtMs);
  for (const holding of waiting) {
    const { attempt, part, job } = holding;
    const [first = nowMs, ...rest] = slots;
    const { fps, startMs } = worker.speedOf(job.id, part.kind);
    const endMs = isDistrusted(holding)
      ? Infinity
      : Math.max(first, nowMs) + startMs + frameCount(part.range) * 1_000 / fps;
    endsAtMs.set(attempt.attemptId, endMs);
    slots.splice(0, slots.length, ...[endMs, ...rest].toSorted((a, b) => a - b));
  }
  return slots;
}
