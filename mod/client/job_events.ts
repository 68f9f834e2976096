import { DomainError, isDomainError, isFinalJobState, type RandomBytes } from "../core/mod.ts";
import {
  checkWire,
  type EventView,
  eventView,
  type JobDetail,
  jobDetail,
  nextStep,
} from "../wire/mod.ts";
import type { Caller } from "./call.ts";
import { readEventStream } from "./event_stream.ts";
import { EVENTS_SILENCE_MS } from "./limits.ts";
import { backoffMs } from "./retry.ts";
import { watchedBody } from "./watched_body.ts";

/** What {@linkcode followJobEvents} needs. */
export interface JobEventsOptions {
  /** Only events after this id; 0 for all. Default 0. */
  readonly afterId?: number;
  /** Ends the stream; the iteration then simply ends. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Follows a job's events until the job has come to its end.
 *
 * A connection that breaks is opened again, after the last event that came: none is missed, none
 * comes twice.
 *
 * @param target The job and whom to ask.
 * @param options Where to begin, and when to stop.
 * @returns Events in the order of their ids.
 * @throws {DomainError} What the wire's table does not say to retry: `job_not_found`,
 * `identity_refused` and the like.
 */
export async function* followJobEvents(
  target: { readonly caller: Caller; readonly random: RandomBytes; readonly jobId: string },
  options: JobEventsOptions,
): AsyncGenerator<EventView> {
  const { caller, jobId } = target;
  const signal = options.signal;
  let afterId = options.afterId ?? 0;
  let failures = 0;
  while (!signal?.aborted) {
    try {
      for await (const event of readOnce({ caller, jobId, afterId, signal })) {
        failures = 0;
        if (event.id <= afterId) continue;
        afterId = event.id;
        yield event;
      }
      if (await hasEnded(caller, { jobId, signal })) return;
    } catch (error) {
      if (signal?.aborted) return;
      if (!isDomainError(error) || nextStep(error) !== "retry") throw error;
    }
    failures++;
    await caller.clock.sleep(backoffMs(failures, { random: target.random }), signal);
  }
}

/** One connection: its events until it ends. */
async function* readOnce(
  request: {
    readonly caller: Caller;
    readonly jobId: string;
    readonly afterId: number;
    readonly signal: AbortSignal | undefined;
  },
): AsyncGenerator<EventView> {
  const { caller, signal } = request;
  const connection = new AbortController();
  const signals = signal === undefined
    ? connection.signal
    : AbortSignal.any([signal, connection.signal]);
  try {
    const response = await caller.open("jobEvents", {
      params: { id: request.jobId },
      query: { after: String(request.afterId) },
      headers: { accept: "text/event-stream" },
      signal: signals,
    });
    if (response.body === null) return;
    const body = watchedBody(response.body, {
      clock: caller.clock,
      stallMs: EVENTS_SILENCE_MS,
      what: `events of job ${request.jobId}`,
      toError: (error) => caller.transportError(error, signal),
    });
    for await (const event of readEventStream(body)) yield parseEvent(event.data);
  } finally {
    connection.abort();
  }
}

function parseEvent(data: string): EventView {
  try {
    return checkWire(eventView, { value: JSON.parse(data), what: "event of a job" });
  } catch (error) {
    throw new DomainError("internal", "Cannot understand an event of the master's", {
      cause: error,
    });
  }
}

/** A stream that ends in order ends because its job did, or because the master stops. */
async function hasEnded(
  caller: Caller,
  of: { readonly jobId: string; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const detail: JobDetail = await caller.json("getJob", jobDetail, {
    params: { id: of.jobId },
    signal: of.signal,
  });
  return isFinalJobState(detail.job.state);
}
