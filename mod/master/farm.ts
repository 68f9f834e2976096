import { type Clock, LEASE_MS_DEFAULT, PROGRAM_VERSION, type RandomBytes } from "../core/mod.ts";
import type { Db } from "../db/mod.ts";
import type { Logger } from "../log/mod.ts";
import type { Job } from "../store/mod.ts";
import type {
  AttemptReport,
  AttemptReportReply,
  EventView,
  FarmStatus,
  JobDetail,
  JobList,
  JobLogs,
  JobView,
  RegisterReply,
  RegisterRequest,
  SyncReply,
  SyncRequest,
  WorkerList,
} from "../wire/mod.ts";
import { Board } from "./board.ts";
import { Changes } from "./changes.ts";
import {
  cancelJob,
  completeJob,
  failJob,
  type JobOrder,
  type MergeOutcome,
  pauseJob,
  rejectCompletedPart,
  reprioritizeJob,
  resumeJob,
  retryJob,
} from "./control_job.ts";
import { type CreatedJob, createJob, type JobToCreate } from "./create_job.ts";
import type { FarmCore } from "./farm_turn.ts";
import { followJobEvents } from "./job_events.ts";
import { viewJobLogs } from "./job_logs.ts";
import { viewJob, viewJobDetail, viewJobs, viewLiveJobs } from "./job_views.ts";
import { OnlineWorkers } from "./online_workers.ts";
import { type Recovered, recoverFarm } from "./recover_farm.ts";
import { registerWorker } from "./register_worker.ts";
import { AttemptReports, type ReportDeps } from "./report_attempt.ts";
import { ProjectsToCome } from "./projects_to_come.ts";
import { SpeedBook } from "./speed_book.ts";
import { WorkerSyncs } from "./sync_worker.ts";
import { endOverdue, watchDeadlines } from "./watch_deadlines.ts";
import { viewWorkers } from "./worker_views.ts";

/** What the farm needs. */
export interface FarmDeps extends ReportDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
  /** Life of an attempt without a sign of its worker, milliseconds. Default LEASE_MS_DEFAULT. */
  readonly leaseMs?: number;
}

/**
 * The scheduler of a farm: queues, claims, leases, reports, and what people see of them.
 *
 * One per database: it holds in memory what it read from there. {@linkcode Farm.recover} comes
 * before everything else, {@linkcode Farm.run} goes on beside it.
 */
export class Farm {
  readonly #core: FarmCore;
  readonly #syncs: WorkerSyncs;
  readonly #reports: AttemptReports;
  readonly #startedAtMs: number;

  /** Has read nothing yet. */
  constructor(deps: FarmDeps) {
    const { db, clock, random, logger, leaseMs = LEASE_MS_DEFAULT } = deps;
    this.#core = {
      db,
      clock,
      random,
      logger,
      leaseMs,
      board: new Board({ clock, leaseMs }),
      workers: new OnlineWorkers({ clock, leaseMs }),
      speeds: new SpeedBook(),
      toCome: new ProjectsToCome(clock),
      workerNews: new Changes(),
      jobNews: new Changes(),
    };
    this.#syncs = new WorkerSyncs(this.#core);
    this.#reports = new AttemptReports(this.#core, deps);
    this.#startedAtMs = clock.nowMs();
  }

  /** Takes up what the last run left. See `recoverFarm`. */
  recover(): Promise<Recovered> {
    return recoverFarm(this.#core);
  }

  /** Watches leases and renders until the signal aborts. See `watchDeadlines`. */
  run(signal: AbortSignal): Promise<void> {
    return watchDeadlines(this.#core, signal);
  }

  /** Looks once at leases and renders; {@linkcode Farm.run} does so by itself. */
  endOverdue(): Promise<void> {
    return endOverdue(this.#core);
  }

  /** Ends every sync that waits, with an empty answer: the master stops. */
  endSyncs(): void {
    this.#syncs.endAll();
  }

  /** A worker introduces itself. See `registerWorker`. */
  register(
    name: string,
    introduction: { readonly registration: RegisterRequest; readonly address: string },
  ): Promise<RegisterReply> {
    return registerWorker(this.#core, { name, ...introduction });
  }

  /** A worker syncs. See {@linkcode WorkerSyncs.sync}. */
  sync(
    name: string,
    call: { readonly request: SyncRequest; readonly signal: AbortSignal },
  ): Promise<SyncReply> {
    return this.#syncs.sync({ name, ...call });
  }

  /** A worker reports. The attempt is the caller's own. See {@linkcode AttemptReports.report}. */
  report(attemptId: string, report: AttemptReport): Promise<AttemptReportReply> {
    return this.#reports.report(attemptId, report);
  }

  /** Queues a job. See `createJob`. */
  createJob(create: JobToCreate): Promise<CreatedJob> {
    return createJob(this.#core, create);
  }

  /** So many projects of a folder are about to be submitted. See {@linkcode ProjectsToCome}. */
  expectProjects(count: number): void {
    this.#core.toCome.expect(count);
    if (count === 0) this.#core.workerNews.notifyAll();
  }

  /** Hands out nothing more of a job. See `pauseJob`. */
  pauseJob(order: JobOrder): Promise<Job> {
    return pauseJob(this.#core, order);
  }

  /** Hands out parts of a paused job again. See `resumeJob`. */
  resumeJob(order: JobOrder): Promise<Job> {
    return resumeJob(this.#core, order);
  }

  /** Takes up a failed job. See `retryJob`. */
  retryJob(order: JobOrder): Promise<Job> {
    return retryJob(this.#core, order);
  }

  /** Ends a job for good. See `cancelJob`. */
  cancelJob(order: JobOrder): Promise<Job> {
    return cancelJob(this.#core, order);
  }

  /** Sets a job's priority. See `reprioritizeJob`. */
  reprioritizeJob(order: JobOrder & { readonly priority: number }): Promise<Job> {
    return reprioritizeJob(this.#core, order);
  }

  /** The film is finished. See `completeJob`. */
  completeJob(outcome: MergeOutcome): Promise<Job> {
    return completeJob(this.#core, outcome);
  }

  /** The job cannot be brought to its end. See `failJob`. */
  failJob(outcome: MergeOutcome): Promise<Job> {
    return failJob(this.#core, outcome);
  }

  /** A completed part is rendered again. See `rejectCompletedPart`. */
  rejectCompletedPart(
    rejected: { readonly partId: string; readonly reason: string },
  ): Promise<Job> {
    return rejectCompletedPart(this.#core, rejected);
  }

  /** Resolves at the next change of a job or of one of its parts, or when the signal aborts. */
  nextJobChange(jobId: string, signal: AbortSignal): Promise<void> {
    return this.#core.jobNews.next(jobId, signal);
  }

  /** Events of a job, live. See `followJobEvents`. */
  jobEvents(
    jobId: string,
    query: { readonly afterId: number; readonly signal: AbortSignal },
  ): AsyncGenerator<EventView> {
    return followJobEvents(this.#core, { jobId, ...query });
  }

  /** One job. @throws {DomainError} `job_not_found`. */
  viewJob(jobId: string): Promise<JobView> {
    return viewJob(this.#core, jobId);
  }

  /** One job with parts and attempts. @throws {DomainError} `job_not_found`. */
  viewJobDetail(jobId: string): Promise<JobDetail> {
    return viewJobDetail(this.#core, jobId);
  }

  /** Last words of a job's renderers. @throws {DomainError} `job_not_found`. */
  viewJobLogs(jobId: string): Promise<JobLogs> {
    return viewJobLogs(this.#core, jobId);
  }

  /** Jobs, newest first; at most `limit`. */
  async listJobs(limit: number): Promise<JobList> {
    return { jobs: await viewJobs(this.#core, limit) };
  }

  /** Workers that have ever registered. */
  async listWorkers(): Promise<WorkerList> {
    return { workers: await viewWorkers(this.#core) };
  }

  /** The farm in one look: every job that has not ended. */
  async status(): Promise<FarmStatus> {
    return {
      masterVersion: PROGRAM_VERSION,
      startedAtMs: this.#startedAtMs,
      nowMs: this.#core.clock.nowMs(),
      workersOnline: this.#core.workers.list().length,
      jobs: await viewLiveJobs(this.#core),
    };
  }
}
