import { frameCount, type FrameRange } from "../core/mod.ts";
import type { Attempt, Job, Part, Workflow } from "../store/mod.ts";
import type { AttemptPhase } from "../wire/mod.ts";
import type { AttemptStage, JobSnapshot, PartKind, Requirements } from "./policy/mod.ts";
import type { SpeedKeys } from "./speed_book.ts";

/** A running attempt with what its worker last said of it. Times are of the monotonic clock. */
export interface LiveAttempt {
  readonly attemptId: string;
  readonly partId: string;
  readonly jobId: string;
  readonly kind: PartKind;
  readonly range: FrameRange;
  readonly worker: string;
  /** Run of the worker's process that holds it. Changes when a restarted worker still has it. */
  sessionId: string;
  readonly expectedFps: number;
  /** When it was handed out, monotonic milliseconds. */
  readonly startedAtMs: number;
  /** When it was handed out, milliseconds since 1970 UTC. */
  readonly startedWallMs: number;
  /** See {@linkcode AttemptStage}. */
  stage: AttemptStage;
  /** As its worker says. */
  phase: AttemptPhase;
  framesDone: number;
  /** Time of the render until `progressAtMs`, milliseconds. */
  renderMs: number;
  /** See {@linkcode Progress.recentMsPerFrame}. */
  recentMsPerFrame: number;
  /** When `framesDone` or `stage` last changed. */
  progressAtMs: number;
  /** When it is lost unless its worker is heard of before. */
  leaseEndMs: number;
  /** Its report has come and its result is being checked: neither lease nor hang count. */
  isJudged: boolean;
  /** `framesDone` as the database has it. */
  storedFrames: number;
}

/** A part that waits to be tried again. */
export interface BoardFailedPart {
  readonly partId: string;
  readonly kind: PartKind;
  readonly range: FrameRange;
  readonly failedWorkers: readonly string[];
  /** As the database has it. */
  readonly part: Part;
}

/** A part in work. */
export interface BoardOngoingPart {
  readonly partId: string;
  readonly kind: PartKind;
  readonly range: FrameRange;
  readonly attempts: LiveAttempt[];
  readonly failedWorkers: readonly string[];
  /** As the database has it. */
  readonly part: Part;
}

/** A job that hands out parts or is paused, as the policy looks at it: a mirror of the database. */
export class BoardJob implements JobSnapshot {
  /** As the database has it. */
  job: Job;
  /** Pictures that were never handed out, ascending. */
  queuedParts: Part[] = [];
  /** The sound, if it was never handed out. */
  queuedAudio: Part | undefined;
  /** Parts to be tried again. */
  failed: BoardFailedPart[] = [];
  /** Names of workers that are set aside. */
  setAside: string[] = [];
  /** Names of workers whose last part failed, though others could do it. */
  onProbation: string[] = [];
  /** Frames of completed pictures. */
  framesCompleted = 0;
  /** Number of completed parts, the sound included. */
  partsCompleted = 0;
  /** What its speeds are remembered under. */
  readonly speedKeys: SpeedKeys;
  readonly #ongoing = new Map<string, BoardOngoingPart>();
  #ongoingList: readonly BoardOngoingPart[] | undefined;

  /** Without parts yet. */
  constructor(job: Job) {
    this.job = job;
    this.speedKeys = { projectKey: job.projectKey, renderer: job.requirements.renderer };
  }

  /** See {@linkcode JobSnapshot.id}. */
  get id(): string {
    return this.job.id;
  }

  /** See {@linkcode JobSnapshot.priority}. */
  get priority(): number {
    return this.job.priority;
  }

  /** See {@linkcode JobSnapshot.createdAtMs}. */
  get createdAtMs(): number {
    return this.job.createdAtMs;
  }

  /** See {@linkcode JobSnapshot.workflow}. */
  get workflow(): Workflow {
    return this.job.workflow;
  }

  /** See {@linkcode JobSnapshot.isPaused}. */
  get isPaused(): boolean {
    return this.job.state === "paused";
  }

  /** See {@linkcode JobSnapshot.minPartMs}. */
  get minPartMs(): number {
    return this.job.minPartMs;
  }

  /** See {@linkcode JobSnapshot.maxPartMs}. */
  get maxPartMs(): number {
    return this.job.maxPartMs;
  }

  /** See {@linkcode JobSnapshot.requirements}. */
  get requirements(): Requirements {
    return this.job.requirements;
  }

  /** See {@linkcode JobSnapshot.queued}. */
  get queued(): readonly FrameRange[] {
    return this.queuedParts.map((part) => part.range);
  }

  /** See {@linkcode JobSnapshot.queuedAudioPartId}. */
  get queuedAudioPartId(): string | undefined {
    return this.queuedAudio?.id;
  }

  /** Whether nothing is left to be rendered. */
  get isRendered(): boolean {
    return this.queuedParts.length === 0 && this.queuedAudio === undefined &&
      this.failed.length === 0 && this.ongoing.length === 0;
  }

  /** Frames that are done: those of completed pictures and what running attempts have reported. */
  get framesDone(): number {
    let frames = this.framesCompleted;
    for (const part of this.ongoing) {
      if (part.kind !== "video") continue;
      const most = Math.max(0, ...part.attempts.map((attempt) => attempt.framesDone));
      frames += Math.min(most, frameCount(part.range));
    }
    return frames;
  }

  /** Parts in work, in the order in which they came into it. */
  get ongoing(): readonly BoardOngoingPart[] {
    this.#ongoingList ??= [...this.#ongoing.values()];
    return this.#ongoingList;
  }

  /** The part in work of this id. */
  findOngoing(partId: string): BoardOngoingPart | undefined {
    return this.#ongoing.get(partId);
  }

  /** Takes up a part in work, or what is new about it. */
  putOngoing(part: BoardOngoingPart): void {
    this.#ongoing.set(part.partId, part);
    this.#ongoingList = undefined;
  }

  /** Takes out a part that is in work no more. */
  removeOngoing(partId: string): void {
    this.#ongoing.delete(partId);
    this.#ongoingList = undefined;
  }
}

/** Stage of an attempt in a phase. */
export function stageOf(phase: AttemptPhase): AttemptStage {
  if (phase === "waiting" || phase === "fetching") return "waiting";
  return phase === "rendering" ? "rendering" : "rendered";
}

/** What {@linkcode toLiveAttempt} adds to an attempt. */
export interface LiveTimes {
  /** Monotonic clock. */
  readonly monotonicMs: number;
  /** Life without a sign of its worker, milliseconds. */
  readonly leaseMs: number;
}

/** An attempt as it comes from the database, nothing heard of it yet. */
export function toLiveAttempt(attempt: Attempt, times: LiveTimes): LiveAttempt {
  const { monotonicMs, leaseMs } = times;
  return {
    attemptId: attempt.id,
    partId: attempt.partId,
    jobId: attempt.jobId,
    kind: attempt.kind,
    range: attempt.range,
    worker: attempt.worker,
    sessionId: attempt.sessionId,
    expectedFps: attempt.expectedFps,
    startedAtMs: monotonicMs,
    startedWallMs: attempt.startedAtMs,
    stage: attempt.framesDone > 0 ? "rendering" : "waiting",
    phase: attempt.framesDone > 0 ? "rendering" : "waiting",
    framesDone: attempt.framesDone,
    renderMs: attempt.renderMs,
    recentMsPerFrame: 0,
    progressAtMs: monotonicMs,
    leaseEndMs: monotonicMs + leaseMs,
    isJudged: false,
    storedFrames: attempt.framesDone,
  };
}
