import { frameCount } from "../../core/mod.ts";
import { mayWorkOn } from "./ability.ts";
import type { SlotPlan } from "./common_finish.ts";
import type { JobSnapshot, WorkerSnapshot, WorkQuery } from "./snapshot.ts";
import { nextFreeAtMs, planTimelines, type Timelines } from "./worker_timeline.ts";

/**
 * What one decision looks at, worked out once and only as far as it is needed: order of jobs, who
 * works on what, when slots come free.
 */
export class FarmView {
  /** Jobs that hand out work, in the order in which they do. */
  readonly jobs: readonly JobSnapshot[];
  readonly #query: WorkQuery;
  #timelines: Timelines | undefined;
  #firstGroups: Map<string, string | undefined> | undefined;

  /** A view of the farm at the moment of the query. */
  constructor(query: WorkQuery) {
    this.#query = query;
    this.jobs = query.jobs.filter((job) => job.isPaused !== true).toSorted(compareJobs);
  }

  /** When everything that is in hand will be over. */
  get timelines(): Timelines {
    this.#timelines ??= planTimelines(this.#query);
    return this.#timelines;
  }

  /** When the asking worker has a slot for one more part. */
  freeAtMs(worker: WorkerSnapshot): number {
    const { nowMs, isSlotIdle } = this.#query;
    if (isSlotIdle) return nowMs;
    return this.#timelines?.freeAtMs.get(worker.name)?.[0] ?? nextFreeAtMs(this.#query, worker);
  }

  /**
   * Slots that will work on the frames of a job that nobody has yet, without the one that asks: those
   * of every worker whose first job with such frames it is, and whose last part did not fail.
   */
  otherSlots(job: JobSnapshot, asking: WorkerSnapshot): SlotPlan[] {
    const slots: SlotPlan[] = [];
    for (const worker of this.#query.workers) {
      const isAsking = worker.name === asking.name;
      if (isOnProbation(worker, job)) continue;
      if (!isAsking && this.#firstGroupOf(worker) !== groupOf(job)) continue;
      const { fps, startMs } = worker.speedOf(job.id, "video");
      const free = this.timelines.freeAtMs.get(worker.name) ?? [];
      for (const freeAtMs of isAsking ? free.slice(1) : free) {
        slots.push({ freeAtMs, fps, startMs });
      }
    }
    return slots;
  }

  /** Whether any job has frames for a worker that nobody is working on. */
  hasFramesFor(worker: WorkerSnapshot): boolean {
    return this.#firstGroupOf(worker) !== undefined;
  }

  #firstGroupOf(worker: WorkerSnapshot): string | undefined {
    this.#firstGroups ??= new Map();
    const known = this.#firstGroups.get(worker.name);
    if (known !== undefined || this.#firstGroups.has(worker.name)) return known;
    const job = this.jobs.find((each) => hasFramesFor(worker, each) && mayWorkOn(worker, each));
    const group = job === undefined ? undefined : groupOf(job);
    this.#firstGroups.set(worker.name, group);
    return group;
  }
}

/** Jobs that share their workers: a job of its own, or all projects of `full` workflow and one priority. */
export function groupOf(job: JobSnapshot): string {
  return job.workflow === "full" ? `full ${job.priority}` : `job ${job.id}`;
}

/** Whether a worker's last part of a job failed. */
export function isOnProbation(worker: WorkerSnapshot, job: JobSnapshot): boolean {
  return job.onProbation?.includes(worker.name) ?? false;
}

/** Whether there are frames that nobody is working on and that a worker did not fail itself. */
export function hasFramesFor(worker: WorkerSnapshot, job: JobSnapshot): boolean {
  return job.queued.length > 0 ||
    job.failed.some((part) => part.kind === "video" && !part.failedWorkers.includes(worker.name));
}

/** Frames of a job's pictures that nobody is working on. */
export function waitingFrames(job: JobSnapshot): number {
  let frames = 0;
  for (const range of job.queued) frames += frameCount(range);
  for (const part of job.failed) if (part.kind === "video") frames += frameCount(part.range);
  return frames;
}

function compareJobs(a: JobSnapshot, b: JobSnapshot): number {
  return b.priority - a.priority || a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1);
}
