import { frameCount } from "../core/mod.ts";
import type { BoardJob } from "./board_job.ts";
import type { FarmCore } from "./farm_turn.ts";
import type { OnlineWorker } from "./online_workers.ts";
import { commonFinishMs, estimateEnd, mayWorkOn } from "./policy/mod.ts";

interface Slot {
  readonly worker: OnlineWorker;
  freeAtMs: number;
}

/**
 * When each job that hands out parts will have been rendered, if nothing changes: what is in work by
 * its own progress, what waits by the speeds of the workers, job after job in the order of claims.
 *
 * @returns Monotonic milliseconds by job; jobs of which nobody can say are left out.
 */
export function estimateFinishes(core: FarmCore): Map<string, number> {
  const nowMs = core.clock.monotonicMs();
  const slots = listSlots(core, nowMs);
  const finishes = new Map<string, number>();
  const jobs = core.board.jobs.filter((job) => !job.isPaused).sort((a, b) =>
    b.priority - a.priority || a.createdAtMs - b.createdAtMs
  );
  for (const job of jobs) {
    const endMs = Math.max(workEndMs(core, job, nowMs), waitingEndMs(job, slots, nowMs));
    if (Number.isFinite(endMs)) finishes.set(job.id, endMs);
  }
  return finishes;
}

function listSlots(core: FarmCore, nowMs: number): Slot[] {
  const slots: Slot[] = [];
  for (const worker of core.workers.list()) {
    if (worker.isDraining) continue;
    const busy = core.board.attemptsOf(worker.name).filter((each) => each.stage !== "rendered");
    const ends = busy.map((attempt) => {
      const frames = frameCount(attempt.range);
      const speed = worker.speedOf(attempt.jobId, attempt.kind);
      return estimateEnd({ attempt, frames, speed, nowMs });
    }).sort((a, b) => a - b);
    for (let slot = 0; slot < worker.slots; slot++) {
      slots.push({ worker, freeAtMs: ends.at(-1 - slot) ?? nowMs });
    }
  }
  return slots;
}

function workEndMs(core: FarmCore, job: BoardJob, nowMs: number): number {
  let endMs = nowMs;
  for (const part of job.ongoing) {
    const ends = part.attempts.map((attempt) => {
      const speed = core.workers.find(attempt.worker)?.speedOf(job.id, part.kind);
      return estimateEnd({ attempt, frames: frameCount(part.range), speed, nowMs });
    });
    endMs = Math.max(endMs, Math.min(...ends));
  }
  return endMs;
}

function waitingEndMs(job: BoardJob, slots: readonly Slot[], nowMs: number): number {
  let frames = 0;
  for (const range of job.queued) frames += frameCount(range);
  for (const part of job.failed) if (part.kind === "video") frames += frameCount(part.range);
  if (frames === 0) return nowMs;
  const own = slots.filter((slot) => mayWorkOn(slot.worker, job));
  const plans = own.map((slot) => ({
    freeAtMs: slot.freeAtMs,
    ...slot.worker.speedOf(job.id, "video"),
  }));
  const endMs = commonFinishMs(plans, frames);
  // Later jobs get these slots when this one is rendered.
  for (const slot of own) slot.freeAtMs = Math.max(slot.freeAtMs, endMs);
  return endMs;
}
