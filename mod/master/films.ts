import {
  type Clock,
  DomainError,
  formatError,
  isDomainError,
  isFinalJobState,
} from "../core/mod.ts";
import type { Db } from "../db/mod.ts";
import type { Logger } from "../log/mod.ts";
import { findJob, type Job, listCompletedParts } from "../store/mod.ts";
import type { Farm } from "./farm.ts";
import {
  type FilmFileDeps,
  isFilmPublished,
  openFilmOfJob,
  publishFilmOfJob,
  removeGrowingFilm,
} from "./film_file.ts";
import { createFilmMaker, type FilmJob, type FilmMaker, type JoinablePart } from "./film_maker.ts";

/** What joining the films of a farm needs. */
export interface FilmsDeps extends FilmFileDeps {
  readonly farm: Farm;
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The film maker of a farm. */
export function createFilms(deps: FilmsDeps): FilmMaker {
  const { farm, db, folders, clock, logger } = deps;
  async function getJob(jobId: string): Promise<Job> {
    const job = await db.read((tx) => findJob(tx, jobId));
    if (job !== undefined) return job;
    throw new DomainError("job_not_found", `Cannot find job ${jobId}`);
  }
  return createFilmMaker({
    clock,
    logger,
    async findJob(jobId): Promise<FilmJob> {
      const job = await getJob(jobId);
      return { id: jobId, lengthFrames: job.lengthFrames, isJoinable: !isFinalJobState(job.state) };
    },
    async listCompletedParts(jobId): Promise<readonly JoinablePart[]> {
      const parts = await db.read((tx) => listCompletedParts(tx, jobId));
      return parts.map(({ id, kind, range, result }) => ({
        partId: id,
        kind,
        range,
        path: result?.path ?? "",
      }));
    },
    nextChange: (jobId, signal) => farm.nextJobChange(jobId, signal),
    isPublished: async (jobId) => await isFilmPublished(await getJob(jobId), folders),
    openFilm: async (jobId, soundPath, signal) =>
      await openFilmOfJob(await getJob(jobId), { soundPath, signal, deps }),
    publish: async (jobId) => await publishFilmOfJob(await getJob(jobId), folders),
    async complete(jobId): Promise<void> {
      const job = await getJob(jobId);
      await farm.completeJob({ jobId, reason: `The film is ${job.outputPath}` });
      await folders.removeWork(jobId);
    },
    async rejectPart(partId, error): Promise<void> {
      await farm.rejectCompletedPart({ partId, reason: formatError(error) });
    },
    async fail(jobId, error): Promise<void> {
      await removeGrowingFilm(await getJob(jobId));
      try {
        await farm.failJob({ jobId, reason: reasonOf(error) });
      } catch (failure) {
        // It was cancelled while it was joined: that is its end.
        if (!isDomainError(failure, "invalid_transition")) throw failure;
      }
    },
  });
}

function reasonOf(error: DomainError): string {
  return error.hint === undefined ? formatError(error) : `${formatError(error)}. ${error.hint}`;
}
