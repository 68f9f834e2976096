import { join } from "@std/path";
import { DomainError } from "../core/mod.ts";
import type { ProcessRunner, Programs } from "../process/mod.ts";

/** Size and rate of the sample's own media. */
export const SAMPLE_MEDIA = {
  width: 960,
  height: 540,
  fps: 30,
  seconds: 10,
  files: { street: "street.mp4", waves: "waves.mp4", melody: "melody.wav", beat: "beat.wav" },
} as const;

const MAKE_TIMEOUT_MS = 120_000;

/** What makes the media. */
export interface SampleMediaDeps {
  readonly processes: ProcessRunner;
  readonly programs: Programs;
}

/**
 * Makes the sample's media: two moving pictures and two sound tracks, ten seconds each.
 *
 * @param folder Absolute path of an existing folder.
 * @throws {DomainError} `program_missing` without ffmpeg, `io_failed` if it cannot write.
 */
export async function makeSampleMedia(folder: string, deps: SampleMediaDeps): Promise<void> {
  const { width, height, fps, seconds, files } = SAMPLE_MEDIA;
  const size = `${width}x${height}`;
  const h264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"];
  const melody = "0.2*sin(2*PI*t*(220+55*floor(mod(t*2,5))))";
  const beat = "0.4*sin(2*PI*t*60)*exp(-9*mod(t,0.5))";
  await Promise.all([
    make(deps, join(folder, files.street), [
      ...["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`],
      ...h264,
    ]),
    make(deps, join(folder, files.waves), [
      "-f",
      "lavfi",
      "-i",
      `gradients=size=${size}:rate=${fps}:duration=${seconds}:speed=0.02:seed=7:nb_colors=4`,
      ...h264,
    ]),
    make(deps, join(folder, files.melody), lavfiSound(melody, seconds)),
    make(deps, join(folder, files.beat), lavfiSound(beat, seconds)),
  ]);
}

function lavfiSound(expression: string, seconds: number): string[] {
  const source = `aevalsrc='${expression}|${expression}':s=48000:d=${seconds}`;
  return ["-f", "lavfi", "-i", source, "-c:a", "pcm_s16le"];
}

async function make(deps: SampleMediaDeps, path: string, args: readonly string[]): Promise<void> {
  const outcome = await deps.processes.run({
    program: deps.programs.ffmpeg,
    args: ["-nostdin", "-v", "error", "-y", ...args, "-threads", "2", `file:${path}`],
    timeoutMs: MAKE_TIMEOUT_MS,
  });
  if (outcome.code === 0) return;
  throw new DomainError("io_failed", `Cannot make ${path}: ${outcome.stderrTail.trim()}`);
}
