import { DomainError, isFinalJobState } from "../core/mod.ts";
import { findJob, listEvents } from "../store/mod.ts";
import type { EventView } from "../wire/mod.ts";
import type { FarmCore } from "./farm_turn.ts";
import { EVENT_PAGE } from "./limits.ts";

/** Which events, and how long. */
export interface EventsQuery {
  readonly jobId: string;
  /** Only later ones; 0 for all. */
  readonly afterId: number;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

/**
 * Events of a job and of its parts and attempts: those that there are, then live ones, until the job
 * has come to its end and all is told, or the signal aborts.
 *
 * @throws {DomainError} `job_not_found`, at the first event.
 */
export async function* followJobEvents(
  core: FarmCore,
  query: EventsQuery,
): AsyncGenerator<EventView> {
  const { jobId, signal } = query;
  let { afterId } = query;
  while (!signal.aborted) {
    const stop = new AbortController();
    // Listens before it looks: what changes in between is not missed.
    const change = core.jobNews.next(jobId, AbortSignal.any([signal, stop.signal]));
    try {
      const { job, events } = await core.db.read(async (tx) => ({
        job: await findJob(tx, jobId),
        events: await listEvents(tx, { jobId, afterId, limit: EVENT_PAGE }),
      }));
      if (job === undefined) throw new DomainError("job_not_found", `Cannot find job ${jobId}`);
      for (const event of events) {
        yield event;
        afterId = event.id;
      }
      if (events.length === EVENT_PAGE) continue;
      if (isFinalJobState(job.state)) return;
      await change;
    } finally {
      stop.abort();
    }
  }
}
