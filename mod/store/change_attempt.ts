import {
  ATTEMPTS_PER_PART_MAX,
  type AttemptState,
  canChangeAttempt,
  invariant,
} from "../core/mod.ts";
import type { WriteTx } from "../db/mod.ts";
import type { Attempt } from "./attempt.ts";
import { recordEvent } from "./events.ts";

/** An attempt that is handed out. */
export interface NewAttempt extends
  Pick<
    Attempt,
    "id" | "partId" | "jobId" | "kind" | "range" | "worker" | "sessionId" | "expectedFps"
  > {
  /** Why, one sentence. */
  readonly reason: string;
  /** Time of the change, milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

// The free place of the part's two; no row if both are taken.
const INSERT = `
  INSERT INTO attempt (id, part_id, job_id, kind, start_frame, end_frame, worker, session_id, place,
    state, reason, expected_fps, started_at_ms)
  SELECT :id, :partId, :jobId, :kind, :startFrame, :endFrame, :worker, :sessionId, places.place,
    'running', :reason, :expectedFps, :nowMs
  FROM (SELECT 1 AS place UNION ALL SELECT 2) AS places
  WHERE places.place <= :placeMax AND NOT EXISTS (
    SELECT 1 FROM attempt AS other
    WHERE other.part_id = :partId AND other.state = 'running' AND other.place = places.place)
  ORDER BY places.place LIMIT 1`;

/**
 * Adds a running attempt at an ongoing part.
 *
 * @returns `false` if the part has as many running attempts as it may have.
 * @throws {DomainError} `db_failed` with the constraint `unique` if this worker runs one already.
 */
export async function insertAttempt(tx: WriteTx, attempt: NewAttempt): Promise<boolean> {
  const { id, partId, jobId, kind, range, worker, sessionId, expectedFps, reason, nowMs } = attempt;
  const count = await tx.run(INSERT, {
    id,
    partId,
    jobId,
    kind,
    ...range,
    worker,
    sessionId,
    expectedFps,
    reason,
    nowMs,
    placeMax: ATTEMPTS_PER_PART_MAX,
  });
  if (count === 0) return false;
  await recordEvent(tx, {
    atMs: nowMs,
    jobId,
    entity: "attempt",
    entityId: id,
    from: "",
    to: "running",
    reason,
  });
  return true;
}

/** How an attempt ended. */
export interface AttemptEnd {
  /** Which. */
  readonly attempt: Pick<Attempt, "id" | "jobId">;
  /** What it ends as. */
  readonly to: Exclude<AttemptState, "running">;
  /** Why, one sentence. */
  readonly reason: string;
  /** Time of the change, milliseconds since 1970 UTC. */
  readonly nowMs: number;
  /** Code of the failure. */
  readonly code?: string;
  /** Last words of the renderer. */
  readonly logTail?: string;
  /** Frames that were rendered. */
  readonly framesDone?: number;
  /** Wall time of the render, milliseconds. */
  readonly renderMs?: number;
  /** Renderer and version that made the result. */
  readonly renderer?: string;
}

const FINISH = `
  UPDATE attempt SET state = :to, reason = :reason, code = :code, log_tail = :logTail,
    frames_done = coalesce(:framesDone, frames_done), render_ms = coalesce(:renderMs, render_ms),
    renderer = :renderer, finished_at_ms = :nowMs
  WHERE id = :attemptId AND state = 'running'`;

/**
 * Ends an attempt if it still runs, and writes the event.
 *
 * @returns Whether it ran; `false` changes nothing.
 */
export async function finishAttempt(tx: WriteTx, end: AttemptEnd): Promise<boolean> {
  const { attempt, to, reason, nowMs } = end;
  invariant(canChangeAttempt("running", to), `an attempt cannot change from running to ${to}`);
  const count = await tx.run(FINISH, {
    attemptId: attempt.id,
    to,
    reason,
    nowMs,
    code: end.code ?? null,
    logTail: end.logTail ?? "",
    framesDone: end.framesDone ?? null,
    renderMs: end.renderMs ?? null,
    renderer: end.renderer ?? "",
  });
  if (count === 0) return false;
  await recordEvent(tx, {
    atMs: nowMs,
    jobId: attempt.jobId,
    entity: "attempt",
    entityId: attempt.id,
    from: "running",
    to,
    reason,
  });
  return true;
}

/** Progress of one attempt. */
export interface StoredProgress {
  /** Which attempt. */
  readonly attemptId: string;
  /** Frames that were rendered. */
  readonly framesDone: number;
  /** Wall time of the render, milliseconds. */
  readonly renderMs: number;
}

const SAVE_PROGRESS = `
  UPDATE attempt SET frames_done = :framesDone, render_ms = :renderMs
  WHERE id = :attemptId AND state = 'running'`;

/** Stores how far a running attempt is, for whoever looks after a restart. */
export async function saveProgress(tx: WriteTx, progress: StoredProgress): Promise<void> {
  await tx.run(SAVE_PROGRESS, { ...progress });
}

const ADOPT = `
  UPDATE attempt SET session_id = :sessionId WHERE id = :attemptId AND state = 'running'`;

/** A worker that was started anew still has the attempt. @returns Whether it still runs. */
export async function adoptAttempt(
  tx: WriteTx,
  adoption: { readonly attemptId: string; readonly sessionId: string },
): Promise<boolean> {
  return await tx.run(ADOPT, { ...adoption }) > 0;
}

/** SQL of this file; a test looks at its plans. */
export const CHANGE_ATTEMPT_SQL = { INSERT, FINISH, SAVE_PROGRESS, ADOPT } as const;
