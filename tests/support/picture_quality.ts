import { readProgram } from "./run_program.ts";

/** A film that is compared with what it should show. */
export interface QualityQuery {
  readonly film: string;
  /** The same pictures without loss. */
  readonly lossless: string;
  /** Work file for ffmpeg's list; must not exist. */
  readonly listPath: string;
}

/** Brightness's peak signal-to-noise ratio of each frame, decibels; 100 for one without a fault. */
export async function readQuality(query: QualityQuery): Promise<number[]> {
  const list = query.listPath.replaceAll(/[\\':]/g, (character) => `\\${character}`);
  await readProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-i", `file:${query.film}`, "-i", `file:${query.lossless}`],
    ...["-fps_mode", "passthrough", "-lavfi"],
    "[0:v]settb=1/1000,setpts=N[a];[1:v]scale=out_color_matrix=bt601:flags=accurate_rnd," +
    `format=yuv420p,settb=1/1000,setpts=N[b];[a][b]psnr=stats_file='${list}'`,
    ...["-f", "null", "-"],
  ]);
  return (await Deno.readTextFile(query.listPath)).split("\n").filter((line) => line !== "")
    .map((line) => {
      const value = /psnr_y:(\S+)/.exec(line)?.[1] ?? "";
      return value === "inf" ? 100 : Number(value);
    });
}
