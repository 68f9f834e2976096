import type { JobDetail } from "../../mod/wire/mod.ts";

/** Where the time of a job went, seconds. */
export interface JobProfile {
  /** From the launch of `submit` until the job is in the database. */
  readonly untilCreated: number;
  /** From there until the first attempt at pictures was handed out. */
  readonly untilFirstAttempt: number;
  /** From there until the last part of the pictures was complete. */
  readonly rendering: number;
  /** From there until the film was published. */
  readonly joining: number;
  /** From there until `submit` ended. */
  readonly untilExit: number;
  /** Parts of the pictures. */
  readonly parts: number;
  /** Attempts at parts of the pictures. */
  readonly attempts: number;
  /** Frames rendered beyond those of the film, as a share of the film's. */
  readonly renderedTwice: number;
  /** Least share of the rendering time in which a worker had an attempt at pictures. */
  readonly leastBusy: number;
}

/** When `submit` was launched and had ended, milliseconds since 1970. */
export interface SubmitTimes {
  readonly launchedAtMs: number;
  readonly exitedAtMs: number;
}

/** Reads a finished job's own record. */
export function profileJob(detail: JobDetail, times: SubmitTimes): JobProfile {
  const { job } = detail;
  const parts = detail.parts.filter(({ kind }) => kind === "video");
  const attempts = parts.flatMap((part) => part.attempts.map((attempt) => ({ part, ...attempt })));
  const firstMs = Math.min(...attempts.map(({ startedAtMs }) => startedAtMs));
  const lastMs = Math.max(
    ...attempts.filter(({ state }) => state === "succeeded").map((each) => each.finishedAtMs ?? 0),
  );
  const finishedAtMs = job.finishedAtMs ?? times.exitedAtMs;
  const rendered = attempts.reduce((sum, { part, state, framesDone }) => {
    const whole = part.range.endFrame - part.range.startFrame;
    return sum + (state === "succeeded" ? whole : framesDone);
  }, 0);
  const workers = new Set(attempts.map(({ worker }) => worker));
  const busyShares = [...workers].map((worker) =>
    busyMs(
      attempts.filter((attempt) => attempt.worker === worker).map((attempt) => ({
        fromMs: attempt.startedAtMs,
        toMs: Math.min(attempt.finishedAtMs ?? lastMs, lastMs),
      })),
    ) / (lastMs - firstMs)
  );
  return {
    untilCreated: (job.createdAtMs - times.launchedAtMs) / 1_000,
    untilFirstAttempt: (firstMs - job.createdAtMs) / 1_000,
    rendering: (lastMs - firstMs) / 1_000,
    joining: (finishedAtMs - lastMs) / 1_000,
    untilExit: (times.exitedAtMs - finishedAtMs) / 1_000,
    parts: parts.length,
    attempts: attempts.length,
    renderedTwice: Math.max(0, rendered / job.lengthFrames - 1),
    leastBusy: Math.min(...busyShares),
  };
}

/** Time covered by at least one of some spans. */
function busyMs(spans: readonly { readonly fromMs: number; readonly toMs: number }[]): number {
  let coveredMs = 0;
  let reachedMs = -Infinity;
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    coveredMs += Math.max(0, toMs - Math.max(fromMs, reachedMs));
    reachedMs = Math.max(reachedMs, toMs);
  }
  return coveredMs;
}

/** Every attempt of a job in the order of their starts, one line each, times in seconds of the job. */
export function listAttempts(detail: JobDetail): string[] {
  const { createdAtMs } = detail.job;
  const seconds = (atMs: number | undefined): string =>
    atMs === undefined ? "-" : ((atMs - createdAtMs) / 1_000).toFixed(2);
  return detail.parts
    .flatMap((part) => part.attempts.map((attempt) => ({ part, attempt })))
    .toSorted((a, b) => a.attempt.startedAtMs - b.attempt.startedAtMs)
    .map(({ part: { kind, range }, attempt }) =>
      [
        `${seconds(attempt.startedAtMs)}..${seconds(attempt.finishedAtMs)}`,
        attempt.worker,
        `${kind} ${range.startFrame}..${range.endFrame}`,
        `${range.endFrame - range.startFrame} frames`,
        `${attempt.state}: ${attempt.reason}`,
      ].join("  ")
    );
}
