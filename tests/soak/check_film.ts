import type { ProcessRunner } from "../../mod/process/mod.ts";
import { isWhole, readStamps } from "../bench/read_stamps.ts";
import { readProgram } from "../support/run_program.ts";
import { assertDecodes, readFilmFacts } from "../support/film_facts.ts";

/** Pictures of a film, one line each with time stamps and checksum, as FFmpeg lists them. */
export async function listPictures(film: string): Promise<string[]> {
  const text = await readProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-xerror", "-i", `file:${film}`, "-map", "0:v:0"],
    ...["-vsync", "passthrough", "-f", "framemd5", "-"],
  ]);
  return text.trimEnd().split("\n");
}

/**
 * What is wrong with a film, one sentence each; empty if it is whole.
 *
 * @param film Path.
 * @param wanted Its length, and the pictures of a film of an undisturbed farm that is at least as long.
 */
export async function checkFilm(
  film: string,
  wanted: {
    readonly frames: number;
    readonly reference: readonly string[] | undefined;
    readonly runner: ProcessRunner;
  },
): Promise<string[]> {
  const { frames, reference, runner } = wanted;
  const report = await readStamps(film, { frames, runner });
  const wrong = isWhole(report) && report.frames === frames ? [] : [
    `the film has ${report.frames} of ${frames} frames: ${JSON.stringify(report).slice(0, 1_000)}`,
  ];
  const pictures = reference === undefined ? [] : await listPictures(film);
  const differing = pictures.findIndex((line, index) => line !== reference?.[index]);
  if (differing >= 0) {
    wrong.push(`framemd5 differs: ${pictures[differing]}, must be ${reference?.[differing]}`);
  }
  const facts = await readFilmFacts(film);
  if (!facts.isDecodingOrdered) wrong.push("time stamps of decoding go back");
  await assertDecodes(film);
  return wrong;
}
