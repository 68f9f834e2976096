import type { AttemptState, FrameRange } from "../core/mod.ts";
import type { PartKind } from "./part.ts";

/** One worker's try at one part, as the database has it. */
export interface Attempt {
  /** Unique for ever. */
  readonly id: string;
  /** Whose part it tries. */
  readonly partId: string;
  /** Job of the part. */
  readonly jobId: string;
  /** What the part makes. */
  readonly kind: PartKind;
  /** The range as it was handed out. */
  readonly range: FrameRange;
  /** Who tries. */
  readonly worker: string;
  /** The run of the worker's process that got it. */
  readonly sessionId: string;
  /** Only a `running` one can still change anything. */
  readonly state: AttemptState;
  /** Why it is in this state. */
  readonly reason: string;
  /** Code of the failure, if it failed. */
  readonly code: string | undefined;
  /** Frames per second that the master expected; 0 if it knew nothing. */
  readonly expectedFps: number;
  /** As of the last time that progress was stored. */
  readonly framesDone: number;
  /** Since the render started, milliseconds, as of the same time. */
  readonly renderMs: number;
  /** When it was handed out. */
  readonly startedAtMs: number;
  /** When it ended; absent while it runs. */
  readonly finishedAtMs: number | undefined;
}

/** Columns of {@linkcode AttemptRow}. */
export const ATTEMPT_COLUMNS = `
  id, part_id AS "partId", job_id AS "jobId", kind, start_frame AS "startFrame",
  end_frame AS "endFrame", worker, session_id AS "sessionId", state, reason, code,
  expected_fps AS "expectedFps", frames_done AS "framesDone", render_ms AS "renderMs",
  started_at_ms AS "startedAtMs", finished_at_ms AS "finishedAtMs"`;

/** An attempt as a statement returns it. */
export interface AttemptRow {
  readonly id: string;
  readonly partId: string;
  readonly jobId: string;
  readonly kind: PartKind;
  readonly startFrame: number;
  readonly endFrame: number;
  readonly worker: string;
  readonly sessionId: string;
  readonly state: AttemptState;
  readonly reason: string;
  readonly code: string | null;
  readonly expectedFps: number;
  readonly framesDone: number;
  readonly renderMs: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
}

/** Turns a row into an attempt. */
export function toAttempt(row: AttemptRow): Attempt {
  const { startFrame, endFrame, ...rest } = row;
  return {
    ...rest,
    range: { startFrame, endFrame },
    code: row.code ?? undefined,
    finishedAtMs: row.finishedAtMs ?? undefined,
  };
}
