import type { FrameRange } from "../../core/mod.ts";

/** What a part makes: pictures of a range, or the sound of the whole film. */
export type PartKind = "video" | "audio";

/** How fast one slot of a worker renders a job. */
export interface Speed {
  /** Frames per second beside the fixed cost, more than 0. */
  readonly fps: number;
  /** Fixed cost of a part beside its frames, milliseconds, 0 or more. */
  readonly startMs: number;
  /** `true` if this worker rendered this project before; `false` if it is concluded from something else. */
  readonly isMeasured: boolean;
}

/** What a worker must have to be offered a job. */
export interface Requirements {
  /** Id of the renderer. */
  readonly renderer: string;
  /** Video encoders, by their FFmpeg names. */
  readonly encoders: readonly string[];
  /** Services of the renderer. */
  readonly services: readonly string[];
}

/** What a worker can do, as it says. */
export interface WorkerAbilities {
  /** Renderers that it has. */
  readonly renderers: readonly { readonly id: string }[];
  /** Video encoders that it has. */
  readonly encoders: readonly string[];
  /** Services of its renderer; empty if it did not look, which counts as all. */
  readonly services: readonly string[];
}

/**
 * Where an attempt is: `waiting` for its slot (handed out ahead of need, or fetching media),
 * `rendering`, or `rendered` (checking, uploading: its slot is free again).
 */
export type AttemptStage = "waiting" | "rendering" | "rendered";

/** One running attempt. */
export interface AttemptSnapshot {
  /** Its id. */
  readonly attemptId: string;
  /** Name of the worker that has it. */
  readonly worker: string;
  /** Where it is. */
  readonly stage: AttemptStage;
  /** When it was handed out, milliseconds. */
  readonly startedAtMs: number;
  /** Frames that were done at `progressAtMs`, 0 or more. */
  readonly framesDone: number;
  /** When `framesDone` or `stage` last changed, milliseconds; `startedAtMs` before any news. */
  readonly progressAtMs: number;
  /** Time of the render until `progressAtMs`, milliseconds; 0 before the first frame. */
  readonly renderMs: number;
  /** What one frame took lately, milliseconds; 0 before two reports with frames. See `noteProgress()`. */
  readonly recentMsPerFrame: number;
  /** Frames per second that were expected at the hand-out; 0 if nothing was known. */
  readonly expectedFps: number;
}

/** A part that one or two attempts are working on. */
export interface OngoingPart {
  /** Its id. */
  readonly partId: string;
  /** What it makes. */
  readonly kind: PartKind;
  /** Its frames. */
  readonly range: FrameRange;
  /** Its running attempts: one or two. */
  readonly attempts: readonly AttemptSnapshot[];
  /** Workers that failed it; it is not theirs to repeat. */
  readonly failedWorkers: readonly string[];
}

/** A part that nobody is working on and that somebody tried. */
export interface FailedPart {
  /** Its id. */
  readonly partId: string;
  /** What it makes. */
  readonly kind: PartKind;
  /** Its frames. */
  readonly range: FrameRange;
  /** Workers that failed it; empty if its attempts were only lost. */
  readonly failedWorkers: readonly string[];
}

/** One job that has unfinished parts. */
export interface JobSnapshot {
  /** Its id. */
  readonly id: string;
  /** Higher goes first. */
  readonly priority: number;
  /** When it was submitted, milliseconds: earlier goes first. */
  readonly createdAtMs: number;
  /** `full`: rather one project per worker than one over many. Absent: `split`. */
  readonly workflow?: "split" | "full";
  /** Nothing of it is handed out; its running attempts still hold slots. */
  readonly isPaused?: boolean;
  /** Shortest part that is worth its fixed cost, milliseconds of work. */
  readonly minPartMs: number;
  /** Longest part, milliseconds of work. */
  readonly maxPartMs: number;
  /** What a worker must have. */
  readonly requirements: Requirements;
  /** Pictures that were never handed out: disjoint ranges, ascending. */
  readonly queued: readonly FrameRange[];
  /** The sound, if it was never handed out. */
  readonly queuedAudioPartId?: string | undefined;
  /** Parts to be tried again. */
  readonly failed: readonly FailedPart[];
  /** Parts in work. */
  readonly ongoing: readonly OngoingPart[];
  /** Names of workers that are set aside for it. */
  readonly setAside: readonly string[];
  /** Names of workers whose last part of it failed. Absent: none. */
  readonly onProbation?: readonly string[];
}

/** One worker that is online. */
export interface WorkerSnapshot {
  /** Its name. */
  readonly name: string;
  /** What it can do. */
  readonly abilities: WorkerAbilities;
  /** Renders that it runs at a time, 1 or more. */
  readonly slots: number;
  /** Finishes what it has and takes nothing new. */
  readonly isDraining: boolean;
  /** Speed of one of its slots; pure, and always an answer: see `fallbackSpeed()`. */
  readonly speedOf: (jobId: string, kind: PartKind) => Speed;
}

/** One worker asks for one part. */
export interface WorkQuery {
  /** Now, milliseconds, on the clock of all other times here. */
  readonly nowMs: number;
  /** Name of the asking worker; it must be one of `workers`. */
  readonly worker: string;
  /** `false`: asked ahead of need, every slot has something. */
  readonly isSlotIdle: boolean;
  /** Every job with unfinished parts, in any order. */
  readonly jobs: readonly JobSnapshot[];
  /** Every worker that is online, in any order. */
  readonly workers: readonly WorkerSnapshot[];
  /** Projects of `full` workflow that are about to be submitted: reason not to divide the first ones. Absent: none. */
  readonly projectsToCome?: number;
}

/** A part for a worker, with the reason in words. */
export type Decision =
  | {
    readonly kind: "carve";
    readonly jobId: string;
    readonly range: FrameRange;
    readonly reason: string;
  }
  | {
    readonly kind: "audio";
    readonly jobId: string;
    readonly partId: string;
    readonly reason: string;
  }
  | {
    readonly kind: "retry";
    readonly jobId: string;
    readonly partId: string;
    /** Only these frames, from the part's first: the rest stays `failed`, by the same workers, as a part of its own. */
    readonly range?: FrameRange;
    readonly reason: string;
  }
  | {
    readonly kind: "second";
    readonly jobId: string;
    readonly partId: string;
    readonly reason: string;
  };

/** No part for a worker, with the reason in words. */
export interface NoWork {
  /** Marks it. */
  readonly kind: "nothing";
  /** Why, in words, without a period. */
  readonly reason: string;
  /**
   * After how long the answer may be another without any change of state, milliseconds, 1 or more;
   * absent: only a change of state can change it.
   */
  readonly askAgainInMs?: number;
}
