import type { Clock } from "../core/mod.ts";
import type { ReadTx } from "../db/mod.ts";
import {
  countParts,
  findJob,
  type Job,
  listJobWorkers,
  listLiveJobs,
  listRunningAttemptsOfJob,
  listUnfinishedParts,
} from "../store/mod.ts";
import { BoardJob, type LiveAttempt, toLiveAttempt } from "./board_job.ts";

/** Jobs that have not ended, all of which the board holds in memory. */
export const LIVE_JOBS_MAX = 10_000;

/** What the board needs. */
export interface BoardDeps {
  readonly clock: Clock;
  /** Life of an attempt without a sign of its worker, milliseconds. */
  readonly leaseMs: number;
}

/**
 * The jobs that are not over, with their unfinished parts and running attempts, in memory, so that
 * a decision costs no query and knows what workers said a moment ago.
 *
 * A mirror: the database has the truth. It is changed only in the writer's turn, together with the
 * rows; where such a turn fails, the job is marked stale and read again at the next turn. Progress
 * and leases live here alone.
 */
export class Board {
  readonly #deps: BoardDeps;
  readonly #jobs = new Map<string, BoardJob>();
  readonly #attempts = new Map<string, LiveAttempt>();
  readonly #byWorker = new Map<string, Set<LiveAttempt>>();
  readonly #stale = new Set<string>();
  #revision = 0;

  /** Empty. */
  constructor(deps: BoardDeps) {
    this.#deps = deps;
  }

  /** Rises with every turn that touches a job. */
  get revision(): number {
    return this.#revision;
  }

  /** A job is about to change. */
  noteChange(): void {
    this.#revision++;
  }

  /** Jobs that hand out parts or are paused. */
  get jobs(): readonly BoardJob[] {
    return [...this.#jobs.values()];
  }

  /** Every running attempt. */
  get attempts(): Iterable<LiveAttempt> {
    return this.#attempts.values();
  }

  /** A job that hands out parts or is paused. */
  findJob(jobId: string): BoardJob | undefined {
    return this.#jobs.get(jobId);
  }

  /** A running attempt. */
  findAttempt(attemptId: string): LiveAttempt | undefined {
    return this.#attempts.get(attemptId);
  }

  /** Running attempts of a worker. */
  attemptsOf(worker: string): LiveAttempt[] {
    return [...this.#byWorker.get(worker) ?? []];
  }

  /** Takes up an attempt that was just written. */
  addAttempt(attempt: LiveAttempt): void {
    this.#attempts.set(attempt.attemptId, attempt);
    const own = this.#byWorker.get(attempt.worker);
    if (own === undefined) this.#byWorker.set(attempt.worker, new Set([attempt]));
    else own.add(attempt);
  }

  /** Takes out an attempt that runs no more. */
  removeAttempt(attemptId: string): void {
    const attempt = this.#attempts.get(attemptId);
    if (attempt === undefined) return;
    this.#forget(attempt);
    const part = this.#jobs.get(attempt.jobId)?.findOngoing(attempt.partId);
    const index = part?.attempts.indexOf(attempt) ?? -1;
    if (index >= 0) part?.attempts.splice(index, 1);
  }

  /** Takes out a job that hands out nothing any more, and what still runs of it. */
  dropJob(jobId: string): void {
    for (const part of this.#jobs.get(jobId)?.ongoing ?? []) {
      for (const attempt of part.attempts) this.#forget(attempt);
    }
    this.#jobs.delete(jobId);
  }

  /** The job must be read again before the next decision. */
  markStale(jobId: string): void {
    this.#stale.add(jobId);
  }

  /** Whether something is to be read again. */
  get isStale(): boolean {
    return this.#stale.size > 0;
  }

  /** Reads again what is stale. In the writer's turn. */
  async refresh(tx: ReadTx): Promise<void> {
    for (const jobId of [...this.#stale]) await this.load(tx, jobId);
  }

  /** Reads every live job. In the writer's turn. */
  async loadAll(tx: ReadTx): Promise<readonly Job[]> {
    const jobs = await listLiveJobs(tx, LIVE_JOBS_MAX);
    for (const { id } of jobs) await this.load(tx, id);
    return jobs;
  }

  /**
   * Reads one job; keeps what is known of attempts that still run. In the writer's turn.
   *
   * @returns The job, `undefined` if it hands out nothing (any more).
   */
  async load(tx: ReadTx, jobId: string): Promise<BoardJob | undefined> {
    this.noteChange();
    const job = await findJob(tx, jobId);
    const known = new Map<string, LiveAttempt>();
    for (const attempt of this.#attempts.values()) {
      if (attempt.jobId === jobId) known.set(attempt.attemptId, attempt);
    }
    for (const attempt of known.values()) this.#forget(attempt);
    this.#jobs.delete(jobId);
    this.#stale.delete(jobId);
    if (job === undefined || !isOnBoard(job)) return undefined;
    const board = new BoardJob(job);
    await this.#loadParts(tx, { board, known });
    for (const { kind, state, count, frames } of await countParts(tx, jobId)) {
      if (state !== "completed") continue;
      board.partsCompleted += count;
      if (kind === "video") board.framesCompleted += frames;
    }
    for (const row of await listJobWorkers(tx, jobId)) {
      if (row.setAsideAtMs !== undefined) board.setAside.push(row.worker);
      if (row.failuresInARow > 0) board.onProbation.push(row.worker);
    }
    this.#jobs.set(jobId, board);
    return board;
  }

  #forget(attempt: LiveAttempt): void {
    this.#attempts.delete(attempt.attemptId);
    const own = this.#byWorker.get(attempt.worker);
    own?.delete(attempt);
    if (own?.size === 0) this.#byWorker.delete(attempt.worker);
  }

  async #loadParts(
    tx: ReadTx,
    target: { readonly board: BoardJob; readonly known: ReadonlyMap<string, LiveAttempt> },
  ): Promise<void> {
    const { board, known } = target;
    const times = { monotonicMs: this.#deps.clock.monotonicMs(), leaseMs: this.#deps.leaseMs };
    const attempts = new Map<string, LiveAttempt[]>();
    for (const row of await listRunningAttemptsOfJob(tx, board.id)) {
      const live = known.get(row.id) ?? toLiveAttempt(row, times);
      this.addAttempt(live);
      attempts.set(row.partId, [...attempts.get(row.partId) ?? [], live]);
    }
    for (const part of await listUnfinishedParts(tx, board.id)) {
      const { id: partId, kind, range, failedBy: failedWorkers } = part;
      if (part.state === "failed") board.failed.push({ partId, kind, range, failedWorkers, part });
      else if (part.state === "ongoing") {
        const own = attempts.get(partId) ?? [];
        board.putOngoing({ partId, kind, range, failedWorkers, part, attempts: own });
      } else if (kind === "audio") board.queuedAudio = part;
      else board.queuedParts.push(part);
    }
    board.queuedParts.sort((a, b) => a.range.startFrame - b.range.startFrame);
  }
}

function isOnBoard(job: Job): boolean {
  return job.state === "queued" || job.state === "running" || job.state === "paused";
}
