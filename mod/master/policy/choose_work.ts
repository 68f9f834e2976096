import { frameCount, type FrameRange, invariant } from "../../core/mod.ts";
import { mayWorkOn } from "./ability.ts";
import { chooseSecondAttempt } from "./second_attempt.ts";
import { chooseProject } from "./choose_project.ts";
import { FarmView, groupOf, isOnProbation, waitingFrames } from "./farm_view.ts";
import { AHEAD_MS, AUDIO_LATEST_MS, LOOK_AGAIN_MS } from "./limits.ts";
import { type PartSize, partSize } from "./part_size.ts";
import type {
  Decision,
  FailedPart,
  JobSnapshot,
  NoWork,
  WorkerSnapshot,
  WorkQuery,
} from "./snapshot.ts";

/** One request of one worker, with what it is judged by. */
interface Request {
  readonly query: WorkQuery;
  readonly worker: WorkerSnapshot;
  readonly view: FarmView;
}

/**
 * Chooses the part that a worker gets next: from the queue of the first job that has anything for
 * it, else from that job's failed parts; only when no job has either, and only for an idle slot, a
 * second attempt at an ongoing part.
 *
 * Pure. The caller carries the decision out in one transaction and asks again with a new snapshot
 * for the next part.
 *
 * @returns A decision, or why there is none and when another answer may be had.
 * @throws {Error} If the asking worker is not among the workers: a bug.
 */
export function chooseWork(query: WorkQuery): Decision | NoWork {
  const worker = query.workers.find((each) => each.name === query.worker);
  invariant(worker !== undefined, `Worker ${query.worker} asks for work without being online`);
  if (worker.isDraining) return { kind: "nothing", reason: "The worker is draining" };
  const view = new FarmView(query);
  const request: Request = { query, worker, view };
  const tooSoon = query.isSlotIdle ? undefined : judgeHaste(request);
  if (tooSoon !== undefined) return tooSoon;
  const decision = chooseWaiting(request);
  if (decision !== undefined) return decision;
  const second = query.isSlotIdle ? chooseSecondAttempt(request) : undefined;
  if (second !== undefined) return second;
  const isOpen = view.jobs.some((job) => mayWorkOn(worker, job));
  if (!isOpen) return { kind: "nothing", reason: "No job has work that this worker can do" };
  return {
    kind: "nothing",
    reason: "All that is left is in work, and would not be done sooner here",
    askAgainInMs: LOOK_AGAIN_MS,
  };
}

/** Whether it is too soon to hand out ahead of need. */
function judgeHaste(request: Request): NoWork | undefined {
  const { query, worker, view } = request;
  if (isBlind(request)) {
    return { kind: "nothing", reason: "Nobody knows yet when a slot comes free" };
  }
  const waitMs = view.freeAtMs(worker) - query.nowMs;
  if (waitMs <= AHEAD_MS) return undefined;
  return {
    kind: "nothing",
    reason: "Every slot has enough to do",
    ...(Number.isFinite(waitMs) ? { askAgainInMs: Math.ceil(waitMs - AHEAD_MS) } : {}),
  };
}

/** Whether the worker has something in hand of which neither its past nor its progress tells the end. */
function isBlind(request: Request): boolean {
  const { query, worker } = request;
  return query.jobs.some((job) =>
    job.ongoing.some((part) =>
      part.attempts.some((attempt) =>
        attempt.worker === worker.name && attempt.stage !== "rendered" &&
        attempt.recentMsPerFrame === 0 && !worker.speedOf(job.id, part.kind).isMeasured
      )
    )
  );
}

/** Job after job; the projects of a folder together, in the place of the first of them. */
function chooseWaiting(request: Request): Decision | undefined {
  const { view, worker } = request;
  const seen = new Set<string>();
  for (const job of view.jobs) {
    const group = groupOf(job);
    if (seen.has(group) || !mayWorkOn(worker, job)) continue;
    if (job.workflow === "full") seen.add(group);
    const decision = job.workflow === "full"
      ? chooseFromProjects(request, view.jobs.filter((each) => groupOf(each) === group))
      : chooseFromJob(request, job);
    if (decision !== undefined) return decision;
  }
  return undefined;
}

function chooseFromProjects(
  request: Request,
  group: readonly JobSnapshot[],
): Decision | undefined {
  const { view, worker } = request;
  const jobs = group.filter((job) => mayWorkOn(worker, job));
  const choice = chooseProject({
    worker,
    freeAtMs: view.freeAtMs(worker),
    jobs,
    otherSlots: (job) => view.otherSlots(job, worker),
    projectsToCome: request.query.projectsToCome ?? 0,
  });
  if (choice?.kind === "whole") {
    const sound = jobs.find((job) => job.queuedAudioPartId !== undefined);
    if (sound !== undefined && isSlowerHalf(request, sound)) return giveAudio(sound, false);
    return choice.decision;
  }
  for (const job of new Set([...choice?.jobs ?? [], ...jobs])) {
    const decision = chooseFromJob(request, job);
    if (decision !== undefined) return decision;
  }
  return undefined;
}

function chooseFromJob(request: Request, job: JobSnapshot): Decision | undefined {
  const frames = waitingFrames(job);
  const size = frames > 0 ? sizeFor(request, { job, frames }) : undefined;
  const audio = chooseAudio(request, { job, size });
  if (audio !== undefined) return audio;
  const [first] = job.queued;
  if (first !== undefined) return size && carve(job, { size, range: first });
  return chooseFailed(request, { job, size });
}

/** How much of a job a worker should take now; `undefined` for nothing. */
function sizeFor(
  request: Request,
  work: { readonly job: JobSnapshot; readonly frames: number },
): PartSize | undefined {
  const { query, worker, view } = request;
  const { job, frames } = work;
  const speed = worker.speedOf(job.id, "video");
  const { minPartMs, maxPartMs } = job;
  const onProbation = isOnProbation(worker, job);
  if (onProbation && !query.isSlotIdle) return undefined;
  const slot = { ...speed, freeAtMs: view.freeAtMs(worker), isOnProbation: onProbation };
  const others = view.otherSlots(job, worker);
  const size = partSize({ slot, others, frames, minPartMs, maxPartMs });
  if (size.frames === 0) return undefined;
  // The last of a job waits for whoever is free first: estimates are not exact enough to give it away.
  if (!query.isSlotIdle && size.ownMs < minPartMs) return undefined;
  return size;
}

function carve(
  job: JobSnapshot,
  cut: { readonly size: PartSize; readonly range: FrameRange },
): Decision {
  const { size, range } = cut;
  const { startFrame } = range;
  const endFrame = Math.min(range.endFrame, startFrame + size.frames);
  return {
    kind: "carve",
    jobId: job.id,
    range: { startFrame, endFrame },
    reason: `From the queue: ${endFrame - startFrame} of ${waitingFrames(job)} frames that wait`,
  };
}

/** The sound goes to the slower half of the workers, to anyone when nothing else or little time is left. */
function chooseAudio(
  request: Request,
  state: { readonly job: JobSnapshot; readonly size: PartSize | undefined },
): Decision | undefined {
  const { job, size } = state;
  if (job.queuedAudioPartId === undefined) return undefined;
  const isLate = size === undefined || size.ownMs < AUDIO_LATEST_MS;
  if (!isLate && !isSlowerHalf(request, job)) return undefined;
  return giveAudio(job, isLate);
}

function giveAudio(job: JobSnapshot, isLate: boolean): Decision | undefined {
  const { id: jobId, queuedAudioPartId: partId } = job;
  if (partId === undefined) return undefined;
  const reason = isLate
    ? "From the queue: the sound, not to end last"
    : "From the queue: the sound";
  return { kind: "audio", jobId, partId, reason };
}

function isSlowerHalf(request: Request, job: JobSnapshot): boolean {
  const { worker, query } = request;
  const { fps } = worker.speedOf(job.id, "video");
  const others = query.workers.filter((each) => each.name !== worker.name && mayWorkOn(each, job));
  const faster = others.filter((each) => each.speedOf(job.id, "video").fps >= fps).length;
  return 2 * faster >= others.length;
}

/** A part to be tried again, or as much of it as fits: the rest stays failed, by the same workers. */
function chooseFailed(
  request: Request,
  state: { readonly job: JobSnapshot; readonly size: PartSize | undefined },
): Decision | undefined {
  const { job, size } = state;
  const part = job.failed.find((each) =>
    (each.kind === "audio" || size !== undefined) && mayRetry(request, { job, part: each })
  );
  if (part === undefined) return undefined;
  const { partId, range, failedWorkers } = part;
  const count = failedWorkers.length;
  const reason = count === 0 ? "It was lost" : `It failed on ${failedWorkers.join(", ")}`;
  const base = { kind: "retry" as const, jobId: job.id, partId };
  if (part.kind === "audio" || size === undefined || size.frames >= frameCount(range)) {
    return { ...base, reason };
  }
  const endFrame = range.startFrame + size.frames;
  return {
    ...base,
    range: { startFrame: range.startFrame, endFrame },
    reason: `${reason}: ${size.frames} of its ${frameCount(range)} frames are tried again`,
  };
}

/** Nobody gets what he failed himself, while another could do it. */
function mayRetry(
  request: Request,
  state: { readonly job: JobSnapshot; readonly part: FailedPart },
): boolean {
  const { job, part } = state;
  const { worker, query } = request;
  if (!part.failedWorkers.includes(worker.name)) return true;
  return !query.workers.some((each) =>
    !part.failedWorkers.includes(each.name) && mayWorkOn(each, job)
  );
}
