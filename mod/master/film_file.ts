import { dirname, join } from "@std/path";
import { toFileError } from "../core/mod.ts";
import type { ProcessRunner, Programs } from "../process/mod.ts";
import { filmContainer, getPreset, openFilm, publishFile } from "../render/mod.ts";
import type { GrowingFilm } from "./film_maker.ts";
import type { JobFolders } from "./job_folders.ts";
import { readPlan } from "./plan_file.ts";

/** A job, as far as its film goes. */
export interface FilmOfJob {
  readonly id: string;
  readonly preset: string;
  readonly outputPath: string;
  readonly overwrite: boolean;
}

/** What making a film needs. */
export interface FilmFileDeps {
  readonly folders: JobFolders;
  readonly programs: Programs;
  readonly processes: ProcessRunner;
}

/** Where a film grows: beside its final name, hidden, so that a rename makes it appear. */
export function growingFilmPath(job: FilmOfJob): string {
  return join(dirname(job.outputPath), `.olive-${job.id}.part`);
}

/**
 * Opens the film of a job.
 *
 * @throws {DomainError} `disk_full`, `io_failed`, `output_refused`.
 */
export async function openFilmOfJob(
  job: FilmOfJob,
  context: {
    readonly soundPath: string;
    readonly signal: AbortSignal;
    readonly deps: FilmFileDeps;
  },
): Promise<GrowingFilm> {
  const { deps, signal } = context;
  const preset = getPreset(job.preset);
  // What a master left behind that was killed: parts are joined anew.
  await removeGrowingFilm(job);
  const { plan } = await readPlan(deps.folders.plan(job.id));
  const film = await openFilm({
    plan,
    preset,
    container: filmContainer(preset, job.outputPath),
    audio: { pcmPath: context.soundPath },
    outPath: growingFilmPath(job),
    workDir: deps.folders.film(job.id),
    programs: deps.programs,
    processes: deps.processes,
    signal,
  });
  return {
    append: (partPath, range) => film.append(partPath, range),
    finish: async () => {
      await film.finish();
    },
    abort: () => film.abort(),
  };
}

/** What tells a film from any other file of its name, before and after it was renamed. */
async function filmIdentity(path: string): Promise<string | undefined> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info === undefined ? undefined : `${info.dev} ${info.ino} ${info.size}`;
}

function notePath(job: FilmOfJob, folders: JobFolders): string {
  return join(folders.film(job.id), "published");
}

async function noteFilm(job: FilmOfJob, folders: JobFolders): Promise<void> {
  await Deno.writeTextFile(notePath(job, folders), await filmIdentity(growingFilmPath(job)) ?? "");
}

/**
 * Whether the film of a job has its name already: a master that was killed between giving it and
 * recording it must not take its own film for somebody else's.
 */
export async function isFilmPublished(job: FilmOfJob, folders: JobFolders): Promise<boolean> {
  const noted = await Deno.readTextFile(notePath(job, folders)).catch(() => "");
  return noted !== "" && noted === await filmIdentity(job.outputPath);
}

/** Removes what is left of a film that will not be finished. */
export async function removeGrowingFilm(job: FilmOfJob): Promise<void> {
  try {
    await Deno.remove(growingFilmPath(job));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw toFileError(error, `Cannot remove ${growingFilmPath(job)}`);
    }
  }
}

/**
 * Gives a finished film its name.
 *
 * @throws {DomainError} `output_refused` if a file of that name has come in the meantime and must not
 * be replaced; `io_failed`.
 */
export async function publishFilmOfJob(job: FilmOfJob, folders: JobFolders): Promise<void> {
  try {
    const { outputPath: to, overwrite } = job;
    await noteFilm(job, folders);
    await publishFile({ from: growingFilmPath(job), to }, { overwrite });
  } catch (error) {
    await removeGrowingFilm(job);
    throw toFileError(error, `Cannot write ${job.outputPath}`);
  }
}
