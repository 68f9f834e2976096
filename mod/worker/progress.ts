import type { FrameRange } from "../core/mod.ts";
import type { AttemptPhase } from "../wire/mod.ts";
import type { HeldAttempt } from "./held_attempt.ts";
import type { PartKind } from "./part_renderer.ts";
import type { WorkerState } from "./worker_state.ts";

/** What one slot is doing, for a line of text. */
export interface SlotProgress {
  /** From 0. */
  readonly slot: number;
  /** Absent: the slot stands idle. */
  readonly attempt?: AttemptLine;
}

/** An attempt, for a line of text. */
export interface AttemptLine {
  /** The attempt's id. */
  readonly attemptId: string;
  /** Its job. */
  readonly jobId: string;
  /** Pictures or sound. */
  readonly kind: PartKind;
  /** Frames of the part. */
  readonly range: FrameRange;
  /** What it is doing. */
  readonly phase: AttemptPhase;
  /** Frames that are rendered. */
  readonly framesDone: number;
  /** Frames per second of the render so far; 0 before its first frame. */
  readonly fps: number;
}

/** The worker in one look. */
export interface WorkerProgress {
  /** State of the worker. */
  readonly state: WorkerState;
  /** Whether the master answers. */
  readonly isMasterReached: boolean;
  /** One entry for each slot. */
  readonly slots: readonly SlotProgress[];
  /** Attempts that are no slot's: fetched ahead, checked, delivered. */
  readonly others: readonly AttemptLine[];
}

/** What {@linkcode toWorkerProgress} looks at. */
export interface WorkerProgressSource {
  /** State of the worker. */
  readonly state: WorkerState;
  /** Whether the master answers. */
  readonly isMasterReached: boolean;
  /** Number of slots. */
  readonly slotCount: number;
  /** Every attempt in hand. */
  readonly held: readonly HeldAttempt[];
}

/** Makes the picture of a worker at this moment. */
export function toWorkerProgress(source: WorkerProgressSource): WorkerProgress {
  const { state, isMasterReached, slotCount, held } = source;
  const slots = Array.from({ length: slotCount }, (_, slot): SlotProgress => {
    const attempt = held.find((one) => one.slot === slot);
    return attempt === undefined ? { slot } : { slot, attempt: toLine(attempt) };
  });
  const others = held.filter((one) => one.slot === undefined).map(toLine);
  return { state, isMasterReached, slots, others };
}

function toLine(held: HeldAttempt): AttemptLine {
  const { jobId, kind, range } = held.assignment;
  const { framesDone, renderMs } = held;
  return {
    attemptId: held.id,
    jobId,
    kind,
    range,
    phase: held.phase,
    framesDone,
    fps: renderMs > 0 ? framesDone / (renderMs / 1_000) : 0,
  };
}
