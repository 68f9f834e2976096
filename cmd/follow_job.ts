import type { MasterClient } from "../mod/client/mod.ts";
import { type Clock, type DomainError, isDomainError, isFinalJobState } from "../mod/core/mod.ts";
import { type JobView, nextStep } from "../mod/wire/mod.ts";
import type { CommandIo } from "./command.ts";

/** Hears how a job goes on. */
export interface JobReporter {
  onSubmitted(job: JobView, isNew: boolean): void;
  /** One of several projects cannot be exported; the others can. */
  onRefused(projectPath: string, error: DomainError): void;
  onProgress(job: JobView): void;
  /** The same for several jobs that are followed together. */
  onProgressOfAll(jobs: readonly JobView[]): void;
  /** A line for a person beside the job's own. */
  onNote(line: string): void;
  /** The master does not answer; called once per outage. */
  onMasterLost(reason: string): void;
  onEnded(job: JobView): void;
}

/** What following a job needs. */
export interface FollowRequest {
  readonly client: MasterClient;
  readonly clock: Clock;
  readonly io: CommandIo;
  readonly reporter: JobReporter;
  readonly jobId: string;
}

const REFRESH_MS = 500;

/**
 * Reports a job's progress until it has ended, also over a restart of the master.
 *
 * @returns The job at its end, or `detached` if a person asked to stop looking.
 * @throws {DomainError} What no waiting mends: `job_not_found`, `identity_refused` and the like.
 */
export async function followJob(request: FollowRequest): Promise<JobView | "detached"> {
  const stop = new AbortController();
  const unlisten = request.io.onStopSignal(() => stop.abort());
  // Events only say that something changed; what is shown comes from one place, the job itself.
  const bell = new ChangeBell(request, stop.signal);
  try {
    return await watchJob(request, { stop: stop.signal, bell });
  } finally {
    stop.abort();
    unlisten();
    await bell.ended;
  }
}

async function watchJob(
  request: FollowRequest,
  context: { stop: AbortSignal; bell: ChangeBell },
): Promise<JobView | "detached"> {
  const { client, clock, reporter, jobId } = request;
  let isLost = false;
  while (!context.stop.aborted) {
    try {
      const { job } = await client.getJob(jobId, { signal: context.stop });
      isLost = false;
      reporter.onProgress(job);
      if (isFinalJobState(job.state)) {
        reporter.onEnded(job);
        return job;
      }
    } catch (error) {
      if (context.stop.aborted) break;
      if (!isDomainError(error) || nextStep(error) !== "retry") throw error;
      if (!isLost) reporter.onMasterLost(error.message);
      isLost = true;
    }
    await context.bell.waitMs(REFRESH_MS, clock);
  }
  return "detached";
}

/** Rings when the job changed, so that its end is seen at once and not at the next look. */
class ChangeBell {
  readonly ended: Promise<void>;
  readonly #stop: AbortSignal;
  #ring = new AbortController();

  constructor(request: FollowRequest, stop: AbortSignal) {
    this.#stop = stop;
    this.ended = this.#listen(request);
  }

  async #listen(request: FollowRequest): Promise<void> {
    try {
      for await (const event of request.client.events(request.jobId, { signal: this.#stop })) {
        if (event.entity === "job") this.#ring.abort();
      }
    } catch {
      // Best effort: without events the job is looked at on the timer alone, which reports errors.
    }
  }

  async waitMs(delayMs: number, clock: Clock): Promise<void> {
    await clock.sleep(delayMs, AbortSignal.any([this.#stop, this.#ring.signal]));
    if (this.#ring.signal.aborted) this.#ring = new AbortController();
  }
}
