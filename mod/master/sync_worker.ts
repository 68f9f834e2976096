import { DomainError } from "../core/mod.ts";
import { adoptAttempt, findAttempt } from "../store/mod.ts";
import type { Assignment, AttemptProgress, SyncReply, SyncRequest } from "../wire/mod.ts";
import { type LiveAttempt, stageOf } from "./board_job.ts";
import { type FarmCore, takeTurn } from "./farm_turn.ts";
import { handOut, toAssignment } from "./hand_out.ts";
import { ASSIGNMENTS_PER_SYNC_MAX } from "./limits.ts";
import type { OnlineWorker } from "./online_workers.ts";
import { noteProgress } from "./policy/mod.ts";
import { loseAttempt } from "./settle_attempt.ts";

/** The sync of a worker. */
export interface SyncCall {
  readonly name: string;
  readonly request: SyncRequest;
  /** Ends the wait: the caller is gone. */
  readonly signal: AbortSignal;
}

interface Cancellation {
  readonly attemptId: string;
  readonly reason: string;
}

/**
 * Answers the syncs of workers: hears what they have, tells them what to stop and what to render,
 * and waits while there is nothing to say. One sync per worker waits at a time: a newer one ends the
 * older at once.
 */
export class WorkerSyncs {
  readonly #core: FarmCore;
  readonly #waits = new Map<string, { readonly end: AbortController; over: Promise<unknown> }>();

  /** Nobody waits yet. */
  constructor(core: FarmCore) {
    this.#core = core;
  }

  /**
   * Answers one sync, as soon as there is something to say, after `waitMs` at the latest.
   *
   * @throws {DomainError} `worker_unknown` if this run of the worker has not registered since the
   * master started; `db_busy`, `db_failed`.
   */
  async sync(call: SyncCall): Promise<SyncReply> {
    const { name } = call;
    this.#worker(call);
    const end = new AbortController();
    const before = this.#waits.get(name);
    before?.end.abort();
    const signal = AbortSignal.any([end.signal, call.signal]);
    const answer = (before?.over ?? Promise.resolve()).then(() => this.#answer(call, signal));
    const entry = { end, over: answer.catch(() => undefined) };
    this.#waits.set(name, entry);
    try {
      return await answer;
    } finally {
      if (this.#waits.get(name) === entry) this.#waits.delete(name);
    }
  }

  /** Ends every wait, with empty answers: the master stops. */
  endAll(): void {
    for (const { end } of this.#waits.values()) end.abort();
  }

  #worker(call: SyncCall): OnlineWorker {
    const worker = this.#core.workers.find(call.name);
    if (worker?.sessionId === call.request.sessionId) return worker;
    throw new DomainError(
      "worker_unknown",
      `Cannot sync worker ${call.name}: it is not registered`,
    );
  }

  async #answer(call: SyncCall, signal: AbortSignal): Promise<SyncReply> {
    const { request } = call;
    const { clock, workers, workerNews } = this.#core;
    const worker = this.#worker(call);
    workers.touch(worker);
    const wasDraining = worker.isDraining;
    worker.isDraining = request.isDraining;
    // Parts that wait for this worker alone are somebody else's now.
    if (worker.isDraining && !wasDraining) workerNews.notifyAll();
    this.#hear(request);
    await this.#adopt(worker, request);
    const deadlineMs = clock.monotonicMs() + request.waitMs;
    worker.waiting++;
    try {
      for (;;) {
        const stop = new AbortController();
        // Listens before it looks: what changes in between is not missed.
        const news = workerNews.next(call.name, AbortSignal.any([signal, stop.signal]));
        try {
          const reply = await this.#look(worker, request);
          if (reply.assignments.length > 0 || reply.cancellations.length > 0) return reply;
          const leftMs = deadlineMs - clock.monotonicMs();
          if (leftMs <= 0 || signal.aborted) return reply;
          const waitMs = Math.min(leftMs, reply.askAgainInMs);
          await Promise.race([news, clock.sleep(waitMs, AbortSignal.any([signal, stop.signal]))]);
          if (signal.aborted) return this.#reply([], []);
        } finally {
          stop.abort();
        }
      }
    } finally {
      worker.waiting--;
      workers.touch(worker);
    }
  }

  /** Takes in progress, and renews the leases of what the worker has. */
  #hear(request: SyncRequest): void {
    for (const heard of request.attempts) {
      const attempt = this.#core.board.findAttempt(heard.attemptId);
      if (attempt !== undefined) this.#note(attempt, heard);
    }
  }

  #note(attempt: LiveAttempt, heard: AttemptProgress): void {
    const nowMs = this.#core.clock.monotonicMs();
    const { phase, framesDone, renderMs } = heard;
    attempt.leaseEndMs = nowMs + this.#core.leaseMs;
    attempt.phase = phase;
    const report = { stage: stageOf(phase), framesDone, renderMs };
    Object.assign(attempt, noteProgress(attempt, { report, nowMs }));
  }

  /** Attempts of an earlier run of the worker: what the new one has it keeps, the rest is lost. */
  async #adopt(worker: OnlineWorker, request: SyncRequest): Promise<void> {
    const { board } = this.#core;
    const { sessionId } = worker;
    const foreign = board.attemptsOf(worker.name).filter((each) => each.sessionId !== sessionId);
    if (foreign.length === 0) return;
    const listed = new Set(request.attempts.map((each) => each.attemptId));
    await takeTurn(this.#core, async (turn) => {
      for (const { attemptId } of foreign) {
        const attempt = board.findAttempt(attemptId);
        if (attempt === undefined || attempt.isJudged) continue;
        if (listed.has(attemptId)) {
          await adoptAttempt(turn.tx, { attemptId, sessionId });
          attempt.sessionId = sessionId;
        } else {
          const reason = `${worker.name} was started again and has it no more`;
          await loseAttempt(this.#core, turn, { attempt, reason });
        }
      }
    });
  }

  /** What there is to say this moment. */
  async #look(
    worker: OnlineWorker,
    request: SyncRequest,
  ): Promise<SyncReply & { readonly askAgainInMs: number }> {
    const cancellations = await this.#listCancellations(worker, request);
    const assignments = this.#listForgotten(worker, request);
    let askAgainInMs = Infinity;
    const count = Math.min(request.wanted, ASSIGNMENTS_PER_SYNC_MAX) - assignments.length;
    // What is sent again fills idle slots first.
    let idle = Math.max(0, request.idleSlots - assignments.length);
    for (let taken = 0; taken < count && !worker.isDraining; taken++) {
      const given = await handOut(this.#core, { worker, isSlotIdle: idle > 0 });
      if (given.kind === "nothing") {
        askAgainInMs = given.askAgainInMs ?? Infinity;
        break;
      }
      assignments.push(given.assignment);
      idle = Math.max(0, idle - 1);
    }
    return { ...this.#reply(assignments, cancellations), askAgainInMs };
  }

  /** Attempts that the worker should have and does not mention: an answer to it was lost. */
  #listForgotten(worker: OnlineWorker, request: SyncRequest): Assignment[] {
    const { board, clock, leaseMs } = this.#core;
    const listed = new Set(request.attempts.map((each) => each.attemptId));
    const forgotten: Assignment[] = [];
    for (const attempt of board.attemptsOf(worker.name)) {
      const job = board.findJob(attempt.jobId);
      if (listed.has(attempt.attemptId) || attempt.isJudged || job === undefined) continue;
      attempt.leaseEndMs = clock.monotonicMs() + leaseMs;
      forgotten.push(toAssignment(attempt, job));
    }
    return forgotten;
  }

  /** Attempts that the worker has and that are not its to render (any more). */
  async #listCancellations(worker: OnlineWorker, request: SyncRequest): Promise<Cancellation[]> {
    const { board, db } = this.#core;
    const unknown = request.attempts.filter(({ attemptId }) => {
      const attempt = board.findAttempt(attemptId);
      return attempt === undefined || attempt.worker !== worker.name;
    });
    if (unknown.length === 0) return [];
    const rows = await db.read(async (tx) => {
      const found = [];
      for (const { attemptId } of unknown) {
        found.push({ attemptId, attempt: await findAttempt(tx, attemptId) });
      }
      return found;
    });
    return rows.flatMap(({ attemptId, attempt }) => {
      if (attempt === undefined) return [{ attemptId, reason: "The master does not know it" }];
      if (attempt.worker !== worker.name) return [{ attemptId, reason: "It is another worker's" }];
      // Not on the board, but running: the turn that ends it is about to be committed.
      if (attempt.state === "running") return [];
      return [{ attemptId, reason: attempt.reason }];
    });
  }

  #reply(assignments: Assignment[], cancellations: Cancellation[]): SyncReply {
    return { assignments, cancellations, nowMs: this.#core.clock.nowMs() };
  }
}
