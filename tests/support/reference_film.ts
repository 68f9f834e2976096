import { assertEquals } from "@std/assert";
import type { JobDetail, PartView } from "../../mod/wire/mod.ts";
import type { Farm } from "./farm.ts";
import { readFilmFacts, soundChecksum } from "./film_facts.ts";
import { makeMovingProject } from "./make_project.ts";
import { frameHashes } from "./pixels.ts";
import { cutUnevenly, renderFilm } from "./render_film.ts";
import { planProject } from "./render_project.ts";

/** A project on a farm, and what its film must be to the last bit. */
export interface ReferenceFilm {
  /** Path of the project. */
  readonly project: string;
  /** Where {@linkcode ReferenceFilm.submit} puts the film. */
  readonly film: string;
  /** Starts a lossless export in parts of this many seconds of work at most. Returns the job's id. */
  submit(maxPartSeconds: number): Promise<string>;
  /** Fails unless the farm's film shows the very same pictures at the same times, and sounds the same. */
  assertSame(): Promise<void>;
}

/** Makes a project for a farm and its film by the renderer alone, in one piece, with no farm at all. */
export async function makeReferenceFilm(farm: Farm, frames: number): Promise<ReferenceFilm> {
  const { path } = await makeMovingProject(farm.root, { frames });
  const plan = await planProject({ path });
  const expected = await renderFilm(plan, {
    cuts: cutUnevenly(frames, 1),
    preset: "lossless",
    name: "reference.mkv",
    folder: farm.folder,
  });
  const [pictures, sound] = [await frameHashes(expected), await soundChecksum(expected)];
  const { stamps } = await readFilmFacts(expected);
  const film = farm.at("film.mkv");
  return {
    project: path,
    film,
    submit: (maxPartSeconds) =>
      farm.submit([
        ...[path, "-p", "lossless", "-o", film, "--overwrite"],
        ...["--min-part-seconds", "0.1", "--max-part-seconds", String(maxPartSeconds)],
      ]),
    async assertSame(): Promise<void> {
      assertEquals(await frameHashes(film), pictures);
      assertEquals((await readFilmFacts(film)).stamps, stamps);
      assertEquals(await soundChecksum(film), sound);
    },
  };
}

/** An attempt with its part. */
export interface PlacedAttempt {
  readonly part: PartView;
  readonly attempt: PartView["attempts"][number];
}

/** All attempts of a job. */
export function listAttempts(detail: JobDetail): PlacedAttempt[] {
  return detail.parts.flatMap((part) => part.attempts.map((attempt) => ({ part, attempt })));
}

/** The running attempt of a worker whose part is pictures; fails if it has none. */
export function findRunning(detail: JobDetail, worker: string): PlacedAttempt {
  const found = listAttempts(detail).find(({ part, attempt }) =>
    part.kind === "video" && attempt.worker === worker && attempt.state === "running"
  );
  if (found !== undefined) return found;
  throw new Error(`${worker} renders nothing: ${JSON.stringify(listAttempts(detail))}`);
}
