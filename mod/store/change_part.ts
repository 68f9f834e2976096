import { canChangePart, type FrameRange, invariant, type PartState } from "../core/mod.ts";
import type { WriteTx } from "../db/mod.ts";
import { recordEvent } from "./events.ts";
import type { Part, PartKind, PartResult } from "./part.ts";

/** A part that is to be queued. */
export interface NewPart {
  /** Its id, new. */
  readonly id: string;
  /** Its job. */
  readonly jobId: string;
  /** What it makes. */
  readonly kind: PartKind;
  /** Its frames. */
  readonly range: FrameRange;
  /** Time of the change, milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

const INSERT = `
  INSERT INTO part (id, job_id, kind, start_frame, end_frame, state, changed_at_ms)
  VALUES (:id, :jobId, :kind, :startFrame, :endFrame, :state, :nowMs)`;

/** Adds a queued part. */
export async function insertPart(tx: WriteTx, part: NewPart): Promise<void> {
  await insertPartInState(tx, { ...part, state: "queued", reason: "The job was submitted" });
}

async function insertPartInState(
  tx: WriteTx,
  part: NewPart & { readonly state: PartState; readonly reason: string },
): Promise<void> {
  const { id, jobId, kind, range, nowMs, state, reason } = part;
  await tx.run(INSERT, { id, jobId, kind, ...range, state, nowMs });
  await recordEvent(tx, {
    atMs: nowMs,
    jobId,
    entity: "part",
    entityId: id,
    from: "",
    to: state,
    reason,
  });
}

/** One change of a part's state. */
export interface PartChange {
  /** Which. */
  readonly part: Pick<Part, "id" | "jobId">;
  /** What the caller believes it is. */
  readonly from: PartState;
  /** What it shall be. */
  readonly to: PartState;
  /** Why, one sentence. */
  readonly reason: string;
  /** Time of the change, milliseconds since 1970 UTC. */
  readonly nowMs: number;
  /** Given exactly if `to` is `completed`. */
  readonly result?: PartResult;
}

const CHANGE = `
  UPDATE part SET state = :to, changed_at_ms = :nowMs, result_attempt_id = :resultAttemptId,
    result_path = :resultPath, result_size_bytes = :resultSizeBytes,
    result_sha256 = :resultSha256
  WHERE id = :partId AND state = :from`;

/**
 * Changes the state of a part if it is still what the caller believes, and writes the event.
 *
 * @returns Whether it was; `false` changes nothing.
 * @throws {Error} If the table of states forbids the change: a bug.
 */
export async function changePart(tx: WriteTx, change: PartChange): Promise<boolean> {
  const { part, from, to, reason, nowMs, result } = change;
  invariant(canChangePart(from, to), `a part cannot change from ${from} to ${to}`);
  const count = await tx.run(CHANGE, {
    partId: part.id,
    from,
    to,
    nowMs,
    resultAttemptId: result?.attemptId ?? null,
    resultPath: result?.path ?? null,
    resultSizeBytes: result?.sizeBytes ?? null,
    resultSha256: result?.sha256 ?? null,
  });
  if (count === 0) return false;
  await recordEvent(tx, {
    atMs: nowMs,
    jobId: part.jobId,
    entity: "part",
    entityId: part.id,
    from,
    to,
    reason,
  });
  return true;
}

/** Frames to cut off the front of a part. */
export interface Carving {
  /** Queued or failed, as the caller has just read it. */
  readonly part: Part;
  /** First frame that stays with the part; within its range, neither its first nor its end. */
  readonly cutFrame: number;
  /** Id of the part that the cut-off frames become. */
  readonly newId: string;
  /** Why, one sentence. */
  readonly reason: string;
  /** Time of the change, milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

const SHRINK = `
  UPDATE part SET start_frame = :cutFrame
  WHERE id = :partId AND state = :state AND start_frame = :startFrame AND end_frame = :endFrame`;

const COPY_FAILURES = `
  INSERT INTO part_failure (part_id, worker, attempt_id, code, message, at_ms)
  SELECT :newId, worker, attempt_id, code, message, at_ms
  FROM part_failure WHERE part_id = :partId`;

/**
 * Cuts frames off the front of a waiting part; they become an ongoing part of their own, which
 * inherits who failed them before. The frames of the job stay covered, each by one part.
 *
 * @returns The new part, `undefined` (and nothing changed) if the part is no longer as the caller
 * read it.
 */
export async function carvePart(tx: WriteTx, carving: Carving): Promise<Part | undefined> {
  const { part, cutFrame, newId, reason, nowMs } = carving;
  const { startFrame, endFrame } = part.range;
  invariant(part.state === "queued" || part.state === "failed", "only a waiting part is carved");
  invariant(startFrame < cutFrame && cutFrame < endFrame, "both pieces of a part have frames");
  const count = await tx.run(SHRINK, {
    partId: part.id,
    state: part.state,
    cutFrame,
    startFrame,
    endFrame,
  });
  if (count === 0) return undefined;
  const range = { startFrame, endFrame: cutFrame };
  const { jobId, kind } = part;
  await insertPartInState(tx, {
    id: newId,
    jobId,
    kind,
    range,
    nowMs,
    state: "ongoing",
    reason,
  });
  if (part.state === "failed") await tx.run(COPY_FAILURES, { newId, partId: part.id });
  return { id: newId, jobId, kind, range, state: "ongoing", changedAtMs: nowMs, result: undefined };
}

/** SQL of this file; a test looks at its plans. */
export const CHANGE_PART_SQL = { INSERT, CHANGE, SHRINK, COPY_FAILURES } as const;
