import { DomainError, formatError, invariant, isDomainError } from "../core/mod.ts";
import { type Attempt, findAttempt, findJob, type Job, type PartResult } from "../store/mod.ts";
import type {
  AttemptReport,
  AttemptReportReply,
  FailedReport,
  SucceededReport,
} from "../wire/mod.ts";
import { type FarmCore, type FarmTurn, takeTurn } from "./farm_turn.ts";
import type { LiveAttempt } from "./board_job.ts";
import { type AttemptFailure, failAttempt, loseAttempt, succeedAttempt } from "./settle_attempt.ts";

/** What taking reports needs beside the farm. */
export interface ReportDeps {
  /**
   * Checks a result of a job and gives its file the name that it keeps.
   *
   * @throws {DomainError} `result_rejected` if it is not what was asked for; anything else is no
   * fault of the worker's, who reports again later.
   */
  verifyResult(
    delivered: { readonly attempt: Attempt; readonly job: Job },
    report: SucceededReport,
  ): Promise<Omit<PartResult, "attemptId">>;
  /** Removes what an attempt sent that did not win. Must not throw. */
  discardResult(attempt: Attempt): Promise<void>;
}

/** Takes the workers' reports. */
export class AttemptReports {
  readonly #core: FarmCore;
  readonly #deps: ReportDeps;
  readonly #underWay = new Map<string, Promise<AttemptReportReply>>();

  /** Knows of no report yet. */
  constructor(core: FarmCore, deps: ReportDeps) {
    this.#core = core;
    this.#deps = deps;
  }

  /**
   * Takes a report, once: repeating it changes nothing and gets the same answer. A report of an
   * attempt that runs no more gets told its state, whatever it says.
   *
   * @param attemptId The caller's own: who calls was checked before.
   * @throws {DomainError} `attempt_not_found`; `db_busy`, `db_failed`, `disk_full`, `io_failed`: the
   * attempt still runs, and the report is to be repeated.
   */
  report(attemptId: string, report: AttemptReport): Promise<AttemptReportReply> {
    const underWay = this.#underWay.get(attemptId);
    if (underWay !== undefined) return underWay;
    const reply = this.#take(attemptId, report).finally(() => this.#underWay.delete(attemptId));
    this.#underWay.set(attemptId, reply);
    return reply;
  }

  async #take(attemptId: string, report: AttemptReport): Promise<AttemptReportReply> {
    const attempt = await this.#read(attemptId);
    if (attempt.state !== "running") {
      if (attempt.state !== "succeeded") await this.#deps.discardResult(attempt);
      return toReply(attempt);
    }
    const live = this.#core.board.findAttempt(attemptId);
    if (live !== undefined) live.isJudged = true;
    try {
      switch (report.outcome) {
        case "succeeded":
          await this.#succeed(attempt, report);
          break;
        case "failed":
          await this.#fail(attempt, toFailure(report));
          break;
        case "returned":
          await this.#end(
            attempt,
            (turn, own) => loseAttempt(this.#core, turn, { attempt: own, reason: report.message }),
          );
          break;
      }
    } finally {
      if (live !== undefined) {
        live.isJudged = false;
        live.leaseEndMs = this.#core.clock.monotonicMs() + this.#core.leaseMs;
      }
    }
    const ended = await this.#read(attemptId);
    invariant(ended.state !== "running", `attempt ${attemptId} has ended with its report`);
    if (ended.state !== "succeeded") await this.#deps.discardResult(ended);
    return toReply(ended);
  }

  async #read(attemptId: string): Promise<Attempt> {
    const attempt = await this.#core.db.read((tx) => findAttempt(tx, attemptId));
    if (attempt !== undefined) return attempt;
    throw new DomainError("attempt_not_found", `Cannot find attempt ${attemptId}`);
  }

  async #succeed(attempt: Attempt, report: SucceededReport): Promise<void> {
    let result;
    try {
      const job = await this.#jobOf(attempt);
      result = await this.#deps.verifyResult({ attempt, job }, report);
    } catch (error) {
      if (!isDomainError(error, "result_rejected")) throw error;
      const { framesDone, renderMs, logTail, renderer } = report;
      const facts = { framesDone, renderMs, logTail, renderer };
      return await this.#fail(attempt, { code: error.code, message: formatError(error), ...facts });
    }
    const { framesDone, renderMs, logTail, renderer } = report;
    await this.#end(attempt, async (turn, own) => {
      const keys = this.#core.board.findJob(own.jobId)?.speedKeys;
      const hasWon = await succeedAttempt(this.#core, turn, {
        attempt: own,
        result: { attemptId: own.attemptId, ...result },
        facts: { framesDone, renderMs, logTail, renderer },
      });
      if (!hasWon || keys === undefined || renderMs <= 0) return;
      await this.#core.speeds.learn(turn.tx, {
        worker: own.worker,
        kind: own.kind,
        keys,
        sample: { frames: own.range.endFrame - own.range.startFrame, renderMs },
        nowMs: turn.nowMs,
      });
    });
  }

  async #jobOf({ jobId }: Attempt): Promise<Job> {
    const job = await this.#core.db.read((tx) => findJob(tx, jobId));
    invariant(job !== undefined, `job ${jobId} of an attempt is there`);
    return job;
  }

  async #fail(attempt: Attempt, failure: AttemptFailure): Promise<void> {
    await this.#end(
      attempt,
      (turn, own) => failAttempt(this.#core, turn, { attempt: own, failure }),
    );
  }

  /** Does something about the attempt if it still runs when the writer's turn comes. */
  async #end(
    attempt: Attempt,
    act: (turn: FarmTurn, own: LiveAttempt) => Promise<unknown>,
  ): Promise<void> {
    await takeTurn(this.#core, async (turn) => {
      const { board } = this.#core;
      let own = board.findAttempt(attempt.id);
      if (own === undefined) {
        // It has ended since, or the board is behind.
        await board.load(turn.tx, attempt.jobId);
        own = board.findAttempt(attempt.id);
      }
      if (own !== undefined) await act(turn, own);
    });
  }
}

function toFailure(report: FailedReport): AttemptFailure {
  const { code, message, logTail, framesDone } = report;
  return { code, message, logTail, framesDone };
}

function toReply(attempt: Attempt): AttemptReportReply {
  const { state, reason } = attempt;
  invariant(state !== "running", "only what has ended is answered");
  return { state, reason };
}
