import type { BoardJob } from "./board_job.ts";
import type { FarmCore } from "./farm_turn.ts";
import { explainMissing, mayWorkOn } from "./policy/mod.ts";

/**
 * Why a job is where it is, for a person: who works on it, or what it waits for. One sentence
 * without a period.
 */
export function explainWaiting(core: FarmCore, job: BoardJob): string {
  if (job.isPaused) return job.job.reason;
  const working = new Set(job.ongoing.flatMap((part) => part.attempts.map((each) => each.worker)));
  if (working.size === 1) return `Rendered by ${[...working][0]}`;
  if (working.size > 1) return `Rendered by ${working.size} workers`;
  const workers = core.workers.list();
  const missing = explainMissing(workers, job);
  if (missing !== undefined) return missing;
  const able = new Set(workers.filter((worker) => mayWorkOn(worker, job)).map((each) => each.name));
  for (const attempt of core.board.attempts) {
    if (!able.has(attempt.worker) || attempt.jobId === job.id) continue;
    return `Waits for a free worker: ${attempt.worker} works on job ${attempt.jobId}`;
  }
  return "Waits for a worker to ask for work";
}
