import { frameCount, type FrameRange, invariant } from "../../../mod/core/mod.ts";
import type {
  AttemptSnapshot,
  AttemptStage,
  FailedPart,
  JobSnapshot,
  OngoingPart,
} from "../../../mod/master/policy/mod.ts";

/** An attempt, as the master sees it and as it is. */
export interface SimAttempt extends AttemptSnapshot {
  stage: AttemptStage;
  progressAtMs: number;
  readonly part: SimPart;
  /** When its render began, milliseconds; absent before. */
  renderedFromMs?: number;
  /** How long its render takes beside the fixed cost, milliseconds. */
  workMs: number;
  /** It makes no frame after this moment. */
  hungFromMs?: number;
  /** It was completed, lost, superseded or has failed. */
  isOver: boolean;
}

/** A part of the pictures. */
export interface SimPart extends OngoingPart {
  readonly kind: "video";
  readonly range: FrameRange;
  readonly attempts: SimAttempt[];
  readonly failedWorkers: string[];
  isCompleted: boolean;
}

const MIN_PART_MS = 4_000;
const MAX_PART_MS = 90_000;

/** The job in the master's books. */
export class SimJob {
  readonly #lengthFrames: number;
  readonly #ongoing = new Map<string, SimPart>();
  #queued: FrameRange[];
  #failed: FailedPart[] = [];
  #partCount = 0;
  #doneFrames = 0;

  /** Nothing is done. */
  constructor(lengthFrames: number) {
    this.#lengthFrames = lengthFrames;
    this.#queued = [{ startFrame: 0, endFrame: lengthFrames }];
  }

  /** Parts so far. */
  get partCount(): number {
    return this.#partCount;
  }

  get isComplete(): boolean {
    return this.#doneFrames === this.#lengthFrames;
  }

  /** What a decision is made from. */
  snapshot(): JobSnapshot {
    return {
      id: "job",
      priority: 50,
      createdAtMs: 0,
      minPartMs: MIN_PART_MS,
      maxPartMs: MAX_PART_MS,
      requirements: { renderer: "melt", encoders: [], services: [] },
      queued: this.#queued,
      failed: this.#failed,
      ongoing: [...this.#ongoing.values()],
      setAside: [],
    };
  }

  /** Takes frames from the queue. */
  carve(range: FrameRange): SimPart {
    const [first, ...rest] = this.#queued;
    const isFirst = first?.startFrame === range.startFrame && range.endFrame <= first.endFrame;
    invariant(first !== undefined && isFirst && frameCount(range) > 0, "A carved part is queued");
    const left = { startFrame: range.endFrame, endFrame: first.endFrame };
    this.#queued = frameCount(left) > 0 ? [left, ...rest] : rest;
    return this.#begin(range, []);
  }

  /** Takes up a failed part, or the first frames of a lost one. */
  retry(partId: string, range?: FrameRange): SimPart {
    const failed = this.#failed.find((part) => part.partId === partId);
    invariant(failed !== undefined, `Part ${partId} has failed`);
    const wanted = range ?? failed.range;
    invariant(wanted.startFrame === failed.range.startFrame, "A piece is the first of its part");
    const left = { startFrame: wanted.endFrame, endFrame: failed.range.endFrame };
    this.#failed = this.#failed.flatMap((part) => {
      if (part !== failed) return [part];
      return frameCount(left) > 0 ? [{ ...part, partId: this.#newId(), range: left }] : [];
    });
    return this.#begin(wanted, failed.failedWorkers);
  }

  /** The part of an id that is in work. */
  ongoing(partId: string): SimPart {
    const part = this.#ongoing.get(partId);
    invariant(part !== undefined, `Part ${partId} is in work`);
    return part;
  }

  /** An attempt has made its part. */
  complete(part: SimPart): void {
    invariant(!part.isCompleted, "A part is completed once");
    part.isCompleted = true;
    this.#ongoing.delete(part.partId);
    this.#doneFrames += frameCount(part.range);
  }

  /**
   * An attempt is lost, or has failed.
   *
   * @returns Whether the part waits for somebody now.
   */
  giveUp(attempt: SimAttempt, isLost: boolean): boolean {
    const { part } = attempt;
    attempt.isOver = true;
    part.attempts.splice(part.attempts.indexOf(attempt), 1);
    if (!isLost) part.failedWorkers.push(attempt.worker);
    if (part.isCompleted || part.attempts.length > 0) return false;
    this.#ongoing.delete(part.partId);
    const { partId, kind, range, failedWorkers } = part;
    this.#failed = [...this.#failed, { partId, kind, range, failedWorkers }];
    return true;
  }

  #begin(range: FrameRange, failedWorkers: readonly string[]): SimPart {
    const part: SimPart = {
      partId: this.#newId(),
      kind: "video",
      range,
      attempts: [],
      failedWorkers: [...failedWorkers],
      isCompleted: false,
    };
    this.#ongoing.set(part.partId, part);
    return part;
  }

  #newId(): string {
    return `p${this.#partCount++}`;
  }
}
