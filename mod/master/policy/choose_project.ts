import { frameCount } from "../../core/mod.ts";
import { commonFinishMs, type SlotPlan } from "./common_finish.ts";
import { waitingFrames } from "./farm_view.ts";
import { WHOLE_FIT } from "./limits.ts";
import type { Decision, JobSnapshot, WorkerSnapshot } from "./snapshot.ts";

/** What {@linkcode chooseProject} looks at. */
export interface ProjectQuery {
  /** Who asks. */
  readonly worker: WorkerSnapshot;
  /** When the slot that asks comes free, milliseconds. */
  readonly freeAtMs: number;
  /** Jobs of `full` workflow and one priority that it may work on, in the order in which they hand out. */
  readonly jobs: readonly JobSnapshot[];
  /** Slots that work on a job, without the one that asks. */
  readonly otherSlots: (job: JobSnapshot) => readonly SlotPlan[];
  /** Projects that are about to be submitted, taken to weigh as those that are there. Absent: none. */
  readonly projectsToCome?: number;
}

/** What is to be done about the projects of a folder. */
export type ProjectChoice =
  | { readonly kind: "whole"; readonly decision: Decision }
  /** None fits this worker as a whole: what is left is divided, the first of these first. */
  | { readonly kind: "divide"; readonly jobs: readonly JobSnapshot[] };

/** Whether nobody has begun with a job's pictures: it can still be handed out as a whole. */
export function isWhole(job: JobSnapshot): boolean {
  return job.workflow === "full" && job.queued.length === 1 &&
    !job.ongoing.some((part) => part.kind === "video") &&
    !job.failed.some((part) => part.kind === "video");
}

/**
 * `full` workflow: the heaviest project that this worker finishes before all slots together would be
 * done with everything. So heavy projects go to fast workers, light ones to slow ones, and none to a
 * worker that everybody else would have to wait for in the end; what fits nobody is divided.
 *
 * @returns `undefined` if nothing is queued.
 */
export function chooseProject(query: ProjectQuery): ProjectChoice | undefined {
  const { worker, freeAtMs } = query;
  const group = query.jobs.filter((job) => job.queued.length > 0);
  const [first] = group;
  if (first === undefined) return undefined;
  const weights = new Map(group.map((job) => [job, weightMs(worker, job)]));
  const byWeight = group.toSorted((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0));
  const { fps, startMs } = worker.speedOf(first.id, "video");
  const knownMs = byWeight.reduce((sum, job) => sum + (weights.get(job) ?? 0), 0);
  const totalMs = knownMs * (1 + (query.projectsToCome ?? 0) / byWeight.length);
  const slots = [{ fps, startMs, freeAtMs }, ...query.otherSlots(first)];
  const ownMs = commonFinishMs(slots, totalMs * fps / 1_000) - freeAtMs - startMs;
  const fitting = byWeight.find((job) =>
    isWhole(job) && (weights.get(job) ?? Infinity) <= WHOLE_FIT * ownMs
  );
  const range = fitting?.queued[0];
  if (fitting === undefined || range === undefined) {
    // What is divided already goes first: as few films as possible are made of many pieces.
    const begun = byWeight.filter((job) => !isWhole(job));
    return { kind: "divide", jobs: [...begun, ...byWeight.filter(isWhole)] };
  }
  return {
    kind: "whole",
    decision: {
      kind: "carve",
      jobId: fitting.id,
      range,
      reason: `The whole project of ${frameCount(range)} frames, the heaviest that fits`,
    },
  };
}

/** How long a slot of a worker has to do with all that waits of a job, milliseconds. */
function weightMs(worker: WorkerSnapshot, job: JobSnapshot): number {
  return waitingFrames(job) * 1_000 / worker.speedOf(job.id, "video").fps;
}
