import type { FrameRange, PartState } from "../core/mod.ts";

/** What a part makes. */
export const PART_KINDS = ["video", "audio"] as const;
/** One of {@linkcode PART_KINDS}. */
export type PartKind = (typeof PART_KINDS)[number];

/** The file of a completed part. */
export interface PartResult {
  /** The attempt that made it. */
  readonly attemptId: string;
  /** On the master's host. */
  readonly path: string;
  /** Size, bytes. */
  readonly sizeBytes: number;
  /** Checksum. */
  readonly sha256: string;
}

/** A piece of a job, as the database has it. */
export interface Part {
  /** Begins with its job's id. */
  readonly id: string;
  /** Its job. */
  readonly jobId: string;
  /** What it makes. */
  readonly kind: PartKind;
  /** Its frames; the whole timeline for sound. */
  readonly range: FrameRange;
  /** Which of the four queues it is in, or cancelled. */
  readonly state: PartState;
  /** When it came into this state. */
  readonly changedAtMs: number;
  /** Present exactly while the part is `completed`. */
  readonly result: PartResult | undefined;
}

/** Columns of {@linkcode PartRow}. */
export const PART_COLUMNS = `
  id, job_id AS "jobId", kind, start_frame AS "startFrame", end_frame AS "endFrame", state,
  changed_at_ms AS "changedAtMs", result_attempt_id AS "resultAttemptId",
  result_path AS "resultPath", result_size_bytes AS "resultSizeBytes",
  result_sha256 AS "resultSha256"`;

/** A part as a statement returns it. */
export interface PartRow {
  readonly id: string;
  readonly jobId: string;
  readonly kind: PartKind;
  readonly startFrame: number;
  readonly endFrame: number;
  readonly state: PartState;
  readonly changedAtMs: number;
  readonly resultAttemptId: string | null;
  readonly resultPath: string | null;
  readonly resultSizeBytes: number | null;
  readonly resultSha256: string | null;
}

/** Turns a row into a part. */
export function toPart(row: PartRow): Part {
  const result = row.state === "completed"
    ? {
      attemptId: row.resultAttemptId ?? "",
      path: row.resultPath ?? "",
      sizeBytes: row.resultSizeBytes ?? 0,
      sha256: row.resultSha256 ?? "",
    }
    : undefined;
  return {
    id: row.id,
    jobId: row.jobId,
    kind: row.kind,
    range: { startFrame: row.startFrame, endFrame: row.endFrame },
    state: row.state,
    changedAtMs: row.changedAtMs,
    result,
  };
}
