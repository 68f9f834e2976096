import { DomainError, framesToSeconds, type RenderPlan } from "../../core/mod.ts";
import type { ProcessRunner, Programs } from "../../process/mod.ts";
import type { FilmContainer, Preset } from "../presets.ts";
import { damage, DamageError } from "./boxes.ts";
import { readFrameOrder } from "./frame_order.ts";
import { readMatroskaFrames } from "./matroska_frames.ts";
import { openMovieFile } from "./movie_file.ts";
import { describePicture, type ProbedFile, probeStreams } from "./probe_streams.ts";
import { readSamples } from "./sample_table.ts";

/** What a film turned out to be. */
export interface FilmReport {
  /** Frames of the film. */
  readonly frameCount: number;
  /** frames / fps. */
  readonly durationSeconds: number;
  /** Size of its file, bytes. */
  readonly sizeBytes: number;
}

/** A film and what it must be. */
export interface CheckFilmOptions {
  /** Path of the film. */
  readonly path: string;
  /** Its size, rate and lengths. */
  readonly plan: Pick<RenderPlan, "width" | "height" | "fps" | "lengthFrames"> & {
    readonly audio: Pick<RenderPlan["audio"], "sampleRate" | "lengthSamples">;
  };
  /** How it is encoded. */
  readonly preset: Preset;
  /** Its file format. */
  readonly container: FilmContainer;
  /** Where ffprobe is. */
  readonly programs: Pick<Programs, "ffprobe">;
  /** Runs it. */
  readonly processes: ProcessRunner;
  /** Ends the check. */
  readonly signal?: AbortSignal;
}

/** Greatest difference of a start from 0, seconds: Matroska's clock ticks in milliseconds. */
const START_TOLERANCE_SECONDS = 0.001;

/**
 * Checks a finished film: exactly the frames of the plan at exactly their times, in its tables; and
 * as FFmpeg sees it, pictures and sound of the right kind that start at 0 and last as long as the
 * plan, within a frame. The frames themselves are not read: their bytes came from checked parts.
 *
 * @returns What was found.
 * @throws {DomainError} `merge_failed` with the reason; `program_missing`, `io_failed`, `cancelled`.
 */
export async function checkFilm(options: CheckFilmOptions): Promise<FilmReport> {
  const { path, plan } = options;
  try {
    const [sizeBytes, probed] = await Promise.all([
      options.container === "matroska" ? checkMatroska(options) : checkTables(options),
      probeStreams(path, options),
    ]);
    checkStreams(probed, options);
    return {
      frameCount: plan.lengthFrames,
      durationSeconds: framesToSeconds(plan.lengthFrames, plan.fps),
      sizeBytes,
    };
  } catch (error) {
    const isBad = error instanceof DamageError || error instanceof RangeError ||
      (error instanceof DomainError && error.code === "result_rejected");
    if (!isBad) throw error;
    const reason = error instanceof DamageError ? error.reason : error.message;
    throw new DomainError("merge_failed", `Cannot publish the film ${path}: ${reason}`, {
      cause: error,
    });
  }
}

async function checkTables({ path, plan }: CheckFilmOptions): Promise<number> {
  const movie = await openMovieFile(path, "film");
  using _file = movie.file;
  const video = movie.tracks.find(({ kind }) => kind === "video");
  const sound = movie.tracks.find(({ kind }) => kind === "sound");
  if (video === undefined || sound === undefined) throw damage("pictures or sound are missing");
  const samples = readSamples(video, movie.sizeBytes);
  if (samples.count !== plan.lengthFrames) {
    throw damage(`it has ${samples.count} frames, must have ${plan.lengthFrames}`);
  }
  const order = readFrameOrder(samples, { timescale: video.timescale, fps: plan.fps });
  const frameTicks = video.timescale * plan.fps.den / plan.fps.num;
  if (video.editStart !== order.delayFrames * frameTicks) {
    throw damage("its first frame is not shown at 0");
  }
  if (samples.isSync[0] !== 1) throw damage("its first frame is no key frame");
  const heard = (sound.durationTicks - sound.editStart) / sound.timescale;
  assertLasts("the sound", heard, plan);
  return movie.sizeBytes;
}

async function checkMatroska({ path, plan }: CheckFilmOptions): Promise<number> {
  const { timesMs, sizeBytes } = await readMatroskaFrames(path);
  if (timesMs.length !== plan.lengthFrames) {
    throw damage(`it has ${timesMs.length} frames, must have ${plan.lengthFrames}`);
  }
  timesMs.sort();
  for (let frame = 0; frame < timesMs.length; frame++) {
    const wanted = Math.round(frame * 1000 * plan.fps.den / plan.fps.num);
    if (timesMs[frame] !== wanted) {
      throw damage(`frame ${frame} is at ${timesMs[frame]} ms, must be at ${wanted}`);
    }
  }
  return sizeBytes;
}

function checkStreams(probed: ProbedFile, options: CheckFilmOptions): void {
  const { plan, preset } = options;
  const pictures = probed.streams.filter(({ kind }) => kind === "video");
  const sounds = probed.streams.filter(({ kind }) => kind === "audio");
  const [picture] = pictures;
  const [sound] = sounds;
  if (picture === undefined || sound === undefined || probed.streams.length !== 2) {
    throw damage(
      `it has ${pictures.length} picture and ${sounds.length} sound streams, wants one each`,
    );
  }
  const fault = describePicture(picture, { ...plan, preset });
  if (fault !== undefined) throw damage(fault);
  if (sound.codec !== preset.sound.codec || sound.sampleRate !== plan.audio.sampleRate) {
    throw damage(`its sound is ${sound.codec} at ${sound.sampleRate} Hz`);
  }
  for (const stream of [picture, sound]) {
    if (Math.abs(stream.startSeconds) > START_TOLERANCE_SECONDS + soundDelay(stream, options)) {
      throw damage(`its ${stream.kind} starts at ${stream.startSeconds} s, must start at 0`);
    }
  }
  assertLasts("the film", probed.durationSeconds, plan);
}

/** Matroska's sound is stamped from the encoder's delay on, which players then leave out. */
function soundDelay(
  stream: ProbedFile["streams"][number],
  options: CheckFilmOptions,
): number {
  const isDelayed = options.container === "matroska" && stream.codec === "aac";
  return isDelayed ? 2048 / options.plan.audio.sampleRate : 0;
}

function assertLasts(what: string, seconds: number, plan: CheckFilmOptions["plan"]): void {
  const wanted = framesToSeconds(plan.lengthFrames, plan.fps);
  const frameSeconds = framesToSeconds(1, plan.fps);
  // The sound is whole samples, and FFmpeg rounds to microseconds.
  if (Math.abs(seconds - wanted) <= frameSeconds + 1e-5) return;
  throw damage(`${what} lasts ${seconds} s, must last ${wanted}`);
}
