import { DomainError, isFinalJobState } from "../core/mod.ts";
import type { ReadTx } from "../db/mod.ts";
import {
  countParts,
  findJob,
  type Job,
  listAttemptsOfJob,
  listJobs,
  listLiveJobs,
  listParts,
} from "../store/mod.ts";
import type { JobDetail, JobView } from "../wire/mod.ts";
import { LIVE_JOBS_MAX } from "./board.ts";
import type { BoardJob, LiveAttempt } from "./board_job.ts";
import { estimateFinishes } from "./estimate_finish.ts";
import { explainWaiting } from "./explain_waiting.ts";
import type { FarmCore } from "./farm_turn.ts";
import { DETAIL_ATTEMPTS_MAX } from "./limits.ts";

/** What changes from moment to moment about a job. */
type JobProgress = Pick<
  JobView,
  | "reason"
  | "framesDone"
  | "currentFps"
  | "partsCompleted"
  | "partsOngoing"
  | "partsFailed"
  | "workers"
>;

/** Jobs as the wire shows them, newest first; at most `limit`. */
export async function viewJobs(core: FarmCore, limit: number): Promise<JobView[]> {
  return await core.db.read(async (tx) => viewAll(core, tx, await listJobs(tx, limit)));
}

/** Jobs that have not ended, those that are merged included. */
export async function viewLiveJobs(core: FarmCore): Promise<JobView[]> {
  return await core.db.read(async (tx) => viewAll(core, tx, await listLiveJobs(tx, LIVE_JOBS_MAX)));
}

/**
 * One job as the wire shows it.
 *
 * @throws {DomainError} `job_not_found`.
 */
export async function viewJob(core: FarmCore, jobId: string): Promise<JobView> {
  return await core.db.read(async (tx) => {
    const [view] = await viewAll(core, tx, [await getJob(tx, jobId)]);
    if (view === undefined) throw new Error("Invariant violated: one job has one view");
    return view;
  });
}

/**
 * One job with its parts and their attempts.
 *
 * @throws {DomainError} `job_not_found`.
 */
export async function viewJobDetail(core: FarmCore, jobId: string): Promise<JobDetail> {
  return await core.db.read(async (tx) => {
    const job = await getJob(tx, jobId);
    const [view] = await viewAll(core, tx, [job]);
    if (view === undefined) throw new Error("Invariant violated: one job has one view");
    const parts = await listParts(tx, jobId);
    const attempts = await listAttemptsOfJob(tx, { jobId, limit: DETAIL_ATTEMPTS_MAX });
    const ofPart = Map.groupBy(attempts, (attempt) => attempt.partId);
    return {
      job: view,
      parts: parts.map(({ id, kind, range, state }) => ({
        id,
        kind,
        range,
        state,
        attempts: (ofPart.get(id) ?? []).map((attempt) => ({
          id: attempt.id,
          worker: attempt.worker,
          state: attempt.state,
          framesDone: core.board.findAttempt(attempt.id)?.framesDone ?? attempt.framesDone,
          reason: attempt.reason,
          startedAtMs: attempt.startedAtMs,
          ...optional("finishedAtMs", attempt.finishedAtMs),
        })),
      })),
    };
  });
}

/** Frames per second that an attempt makes now; 0 before its first frames, or where none are due. */
export function currentFps(attempt: LiveAttempt): number {
  if (attempt.stage !== "rendering" || attempt.framesDone === 0) return 0;
  if (attempt.recentMsPerFrame > 0) return 1_000 / attempt.recentMsPerFrame;
  return attempt.renderMs > 0 ? attempt.framesDone * 1_000 / attempt.renderMs : 0;
}

async function viewAll(core: FarmCore, tx: ReadTx, jobs: readonly Job[]): Promise<JobView[]> {
  const finishes = estimateFinishes(core);
  const views: JobView[] = [];
  for (const job of jobs) {
    const board = core.board.findJob(job.id);
    const finishMs = board === undefined ? undefined : finishes.get(job.id);
    const etaMs = finishMs === undefined
      ? undefined
      : Math.round(core.clock.nowMs() + finishMs - core.clock.monotonicMs());
    views.push({
      ...fixedFields(board?.job ?? job),
      ...(board === undefined ? await readProgress(tx, job) : boardProgress(core, board)),
      ...optional("etaMs", etaMs),
    });
  }
  return views;
}

function fixedFields(job: Job): Omit<JobView, keyof JobProgress | "etaMs"> {
  const { id, name, state, priority, preset, projectPath, outputPath } = job;
  const { width, height, fps, lengthFrames, submittedBy, createdAtMs } = job;
  return {
    id,
    name,
    state,
    priority,
    preset,
    projectPath,
    outputPath,
    width,
    height,
    fps,
    lengthFrames,
    warnings: [...job.warnings],
    submittedBy,
    createdAtMs,
    ...optional("startedAtMs", job.startedAtMs),
    ...optional("finishedAtMs", job.finishedAtMs),
  };
}

function boardProgress(core: FarmCore, job: BoardJob): JobProgress {
  const attempts = job.ongoing.flatMap((part) => part.attempts);
  const rendering = job.ongoing.filter((part) => part.kind === "video").map((part) =>
    Math.max(0, ...part.attempts.map(currentFps))
  );
  return {
    reason: explainWaiting(core, job),
    framesDone: job.framesDone,
    currentFps: rendering.reduce((sum, fps) => sum + fps, 0),
    partsCompleted: job.partsCompleted,
    partsOngoing: job.ongoing.length,
    partsFailed: job.failed.length,
    workers: [...new Set(attempts.map((attempt) => attempt.worker))].sort(),
  };
}

async function readProgress(tx: ReadTx, job: Job): Promise<JobProgress> {
  const count = { completed: 0, ongoing: 0, failed: 0 };
  let framesDone = 0;
  for (const row of await countParts(tx, job.id)) {
    if (row.state === "completed" && row.kind === "video") framesDone += row.frames;
    if (row.state !== "queued" && row.state !== "cancelled") count[row.state] += row.count;
  }
  return {
    reason: job.reason,
    framesDone,
    currentFps: 0,
    partsCompleted: count.completed,
    partsOngoing: isFinalJobState(job.state) ? 0 : count.ongoing,
    partsFailed: count.failed,
    workers: [],
  };
}

async function getJob(tx: ReadTx, jobId: string): Promise<Job> {
  const job = await findJob(tx, jobId);
  if (job !== undefined) return job;
  throw new DomainError("job_not_found", `Cannot find job ${jobId}`, {
    hint: "List the jobs with `olive jobs`",
  });
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { [P in K]: V };
}
