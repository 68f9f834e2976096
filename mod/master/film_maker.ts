import {
  type Clock,
  coerceError,
  DomainError,
  type ErrorCode,
  formatError,
  type FrameRange,
  isDomainError,
} from "../core/mod.ts";
import type { Logger } from "../log/mod.ts";

/** A completed part, ready to be joined. */
export interface JoinablePart {
  readonly partId: string;
  readonly kind: "video" | "audio";
  readonly range: FrameRange;
  readonly path: string;
}

/** A film that grows part by part. */
export interface GrowingFilm {
  /** Adds the part that is next on the timeline; see `FilmJoiner.append`. */
  append(partPath: string, range: FrameRange): Promise<void>;
  /** Ends and checks the film; it lies at its temporary path then. */
  finish(): Promise<void>;
  /** Ends it without a result and removes what was written. Safe to call at any time. */
  abort(): Promise<void>;
}

/** What the film maker sees of a job. */
export interface FilmJob {
  readonly id: string;
  readonly lengthFrames: number;
  /** Whether the job may be joined now: it is running, merging or paused, not ended. */
  readonly isJoinable: boolean;
}

/** What the film maker needs of the rest of the master. */
export interface FilmMakerDeps {
  /** The job as it is now. */
  findJob(jobId: string): Promise<FilmJob | undefined>;
  /** Completed parts in timeline order, the sound first. */
  listCompletedParts(jobId: string): Promise<readonly JoinablePart[]>;
  /** Resolves at the next change of the job's parts or state, or when the signal aborts. */
  nextChange(jobId: string, signal: AbortSignal): Promise<void>;
  /** Begins the film of a job. */
  openFilm(jobId: string, soundPath: string, signal: AbortSignal): Promise<GrowingFilm>;
  /** Whether an earlier run of the master gave the film its name and could not record it. */
  isPublished(jobId: string): Promise<boolean>;
  /** Gives the finished film its name. */
  publish(jobId: string): Promise<void>;
  /** Records the end of a job whose film has its name. */
  complete(jobId: string): Promise<void>;
  /** The file of a completed part is bad: it must be rendered again. */
  rejectPart(partId: string, error: DomainError): Promise<void>;
  /** Records that the job failed, with the reason. */
  fail(jobId: string, error: DomainError): Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Pause after a join that could neither end nor fail its job, milliseconds: a busy database, say. */
const RETRY_MS = 1_000;

/** Joins the films of running jobs while they are rendered. */
export interface FilmMaker {
  /** Starts the join of a job, once; does nothing if it is under way. */
  watch(jobId: string): void;
  /** Resolves when no join of the job is under way: its files are nobody's then. */
  ended(jobId: string): Promise<void>;
  /** Ends all joins without a result; they start anew from the parts after a restart. */
  stop(): Promise<void>;
}

/**
 * One join per job: opens the film when its sound and its first part are there, appends parts in
 * timeline order as they become complete, and publishes when the last one is in. The end of the
 * last render is then nearly the end of the job.
 */
export function createFilmMaker(deps: FilmMakerDeps): FilmMaker {
  const joins = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  return {
    watch(jobId): void {
      if (joins.has(jobId) || stopping.signal.aborted) return;
      const join = joinUntilEnded(jobId, { deps, stop: stopping.signal })
        .finally(() => joins.delete(jobId));
      joins.set(jobId, join);
    },
    async ended(jobId): Promise<void> {
      await joins.get(jobId);
    },
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(joins.values());
    },
  };
}

/**
 * What passes when somebody frees space or lets go of a lock. No reason to give up all parts, least of
 * all when the film has its name already and only the record of it is missing.
 */
const PASSING: readonly ErrorCode[] = ["disk_full", "db_busy", "db_failed"];
/** How often a join is tried over what may pass. */
const PASSING_TRIES_MAX = 30;

/** A job that is being joined always has an owner: what cannot be recorded now is tried again. */
async function joinUntilEnded(
  jobId: string,
  context: { readonly deps: FilmMakerDeps; readonly stop: AbortSignal },
): Promise<void> {
  const { deps, stop } = context;
  for (let tries = 1; !stop.aborted; tries++) {
    try {
      return await joinFilm(jobId, { ...context, isLast: tries >= PASSING_TRIES_MAX });
    } catch (error) {
      deps.logger.error("loop_failed", formatError(error), { jobId, err: error });
      await deps.clock.sleep(RETRY_MS, stop);
    }
  }
}

async function joinFilm(
  jobId: string,
  context: {
    readonly deps: FilmMakerDeps;
    readonly stop: AbortSignal;
    /** Whether what may pass is waited for no more. */
    readonly isLast: boolean;
  },
): Promise<void> {
  const { deps, stop, isLast } = context;
  const join = new JobJoin(jobId, deps, stop);
  try {
    await join.run();
  } catch (error) {
    if (stop.aborted) return;
    if (!isLast && isDomainError(error) && PASSING.includes(error.code)) throw error;
    const failure = isDomainError(error)
      ? error
      : new DomainError("merge_failed", "Cannot join the film", { cause: coerceError(error) });
    deps.logger.warn("merge_ended", formatError(failure), { jobId });
    await deps.fail(jobId, failure);
  } finally {
    await join.close();
  }
}

/** The join of one job. */
class JobJoin {
  readonly #jobId: string;
  readonly #deps: FilmMakerDeps;
  readonly #stop: AbortSignal;
  #film: GrowingFilm | undefined;
  #nextFrame = 0;

  constructor(jobId: string, deps: FilmMakerDeps, stop: AbortSignal) {
    this.#jobId = jobId;
    this.#deps = deps;
    this.#stop = stop;
  }

  async run(): Promise<void> {
    if (await this.#deps.isPublished(this.#jobId)) {
      await this.#deps.complete(this.#jobId);
      return;
    }
    while (!this.#stop.aborted) {
      // Listen first: a change between the look and the wait must not be missed.
      const listening = new AbortController();
      const change = this.#deps.nextChange(
        this.#jobId,
        AbortSignal.any([this.#stop, listening.signal]),
      );
      try {
        const job = await this.#deps.findJob(this.#jobId);
        if (job === undefined || !job.isJoinable) return;
        if (await this.#takeParts(job)) continue;
        if (this.#film !== undefined && this.#nextFrame >= job.lengthFrames) {
          await this.#finish();
          return;
        }
        await change;
      } finally {
        listening.abort();
      }
    }
  }

  /** Appends every part that is next in line; `true` if there was one. */
  async #takeParts(job: FilmJob): Promise<boolean> {
    const parts = await this.#deps.listCompletedParts(job.id);
    const sound = parts.find((part) => part.kind === "audio");
    if (sound === undefined) return false;
    let hasTaken = false;
    for (const part of parts) {
      if (part.kind !== "video" || part.range.startFrame !== this.#nextFrame) continue;
      this.#film ??= await this.#open(sound.path);
      if (!await this.#append(this.#film, part)) return true;
      this.#nextFrame = part.range.endFrame;
      hasTaken = true;
      if (this.#stop.aborted) return false;
    }
    return hasTaken;
  }

  /** `false` if the part proved bad: the film goes on with another one of the same range. */
  async #append(film: GrowingFilm, part: JoinablePart): Promise<boolean> {
    try {
      await film.append(part.path, part.range);
      return true;
    } catch (error) {
      if (!isDomainError(error, "result_rejected")) throw error;
      await this.#deps.rejectPart(part.partId, error);
      return false;
    }
  }

  #open(soundPath: string): Promise<GrowingFilm> {
    this.#deps.logger.info("merge_started", "Joining the film", { jobId: this.#jobId });
    return this.#deps.openFilm(this.#jobId, soundPath, this.#stop);
  }

  async #finish(): Promise<void> {
    await this.#film?.finish();
    this.#film = undefined;
    await this.#deps.publish(this.#jobId);
    await this.#deps.complete(this.#jobId);
    this.#deps.logger.info("merge_ended", "The film is finished", { jobId: this.#jobId });
  }

  /** Leaves nothing half made behind. */
  async close(): Promise<void> {
    await this.#film?.abort();
    this.#film = undefined;
  }
}
