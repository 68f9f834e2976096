import {
  type AudioPlan,
  DomainError,
  frameCount,
  LOG_TAIL_CHARS_MAX,
  toFileError,
} from "../../core/mod.ts";
import { ffmpegInput, type ProcessRunner, type Programs } from "../../process/mod.ts";
import { damage } from "./boxes.ts";
import { toRejection } from "./movie_file.ts";
import { type ExpectedPart, openPartFile } from "./part_file.ts";
import { describePicture, probeStreams } from "./probe_streams.ts";

/** Longest time that decoding a part may take, milliseconds, beside its own frames. */
const DECODE_TIMEOUT_MS_MIN = 60_000;
/** Time that one frame may take, milliseconds: the largest sizes on a busy machine. */
const DECODE_MS_PER_FRAME = 2_000;

/** A video part and what it must be. */
export interface VerifyVideoPartOptions extends ExpectedPart {
  /** Path of the part. */
  readonly path: string;
  /**
   * Whether every frame is decoded, too. Without it no program is started, and what is checked is
   * what the file's tables say: enough for a part whose maker has decoded it and whose bytes are
   * known to be the same.
   */
  readonly decodes: boolean;
  /** Where ffmpeg and ffprobe are. */
  readonly programs: Pick<Programs, "ffmpeg" | "ffprobe">;
  /** Runs them. */
  readonly processes: ProcessRunner;
  /** Ends the check. */
  readonly signal?: AbortSignal;
}

/** A part that passed. */
export interface VerifiedPart {
  /** Frames; 0 for sound. */
  readonly frameCount: number;
  /** Size of its file, bytes. */
  readonly sizeBytes: number;
}

/**
 * Checks a video part: codec, size, pixel format, exactly the frames of its range at exactly their
 * times, a key frame first; and that every frame decodes without an error.
 *
 * @throws {DomainError} `result_rejected` with the reason; `program_missing`, `cancelled`,
 * `timeout`, `io_failed`.
 */
export async function verifyVideoPart(options: VerifyVideoPartOptions): Promise<VerifiedPart> {
  const part = await openPartFile(options.path, options);
  part.close();
  if (options.decodes) {
    try {
      await Promise.all([checkPicture(options), decode(options)]);
    } catch (error) {
      throw toRejection(error, `part ${options.path}`);
    }
  }
  return { frameCount: part.samples.count, sizeBytes: part.sizeBytes };
}

async function checkPicture(options: VerifyVideoPartOptions): Promise<void> {
  const { streams } = await probeStreams(options.path, options);
  const fault = streams[0] === undefined ? "it is empty" : describePicture(streams[0], options);
  if (fault !== undefined) throw damage(fault);
}

async function decode(options: VerifyVideoPartOptions): Promise<void> {
  const wantedFrames = frameCount(options.range);
  let tail = "";
  const decoder = new TextDecoder();
  const outcome = await options.processes.run({
    program: options.programs.ffmpeg,
    args: [
      ...["-nostdin", "-hide_banner", "-v", "error", "-xerror", "-progress", "pipe:1"],
      // The list of edits may hide frames; all of them are looked at.
      ...ffmpegInput(options.path, ["-err_detect", "explode", "-ignore_editlist", "1"]),
      ...["-map", "0:v:0", "-f", "null", "-"],
    ],
    onStdout: (chunk) => {
      tail = (tail + decoder.decode(chunk, { stream: true })).slice(-LOG_TAIL_CHARS_MAX);
    },
    timeoutMs: DECODE_TIMEOUT_MS_MIN + wantedFrames * DECODE_MS_PER_FRAME,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (outcome.endedBy !== "exit") {
    const code = outcome.endedBy === "timeout" ? "timeout" : "cancelled";
    throw new DomainError(code, `Cannot decode ${options.path}: it was stopped`);
  }
  // Some decoders hide a damaged frame and only say so; at this level nothing harmless is printed.
  const lastWords = outcome.stderrTail.trim().split("\n").at(-1) ?? "";
  if (outcome.code !== 0 || lastWords !== "") throw damage(`it does not decode: ${lastWords}`);
  const frames = Number([...tail.matchAll(/^frame=(\d+)$/gm)].at(-1)?.[1] ?? 0);
  if (frames !== wantedFrames) {
    throw damage(`it decodes to ${frames} frames, must be ${wantedFrames}`);
  }
}

/** A sound part and what it must be. */
export interface VerifyAudioPartOptions {
  /** Path of the part: 16-bit stereo without a header. */
  readonly path: string;
  /** How long it must be. */
  readonly plan: Pick<AudioPlan, "lengthSamples">;
}

/**
 * Checks the sound part: it is as long as the film, to the sample. Any bytes of that length are
 * sound, so there is nothing to decode.
 *
 * @throws {DomainError} `result_rejected` with the reason; `io_failed`.
 */
export async function verifyAudioPart(options: VerifyAudioPartOptions): Promise<VerifiedPart> {
  const wantedBytes = options.plan.lengthSamples * 4;
  const { size } = await Deno.stat(options.path).catch((error: unknown) => {
    throw toFileError(error, `Cannot read part ${options.path}`);
  });
  if (size === wantedBytes) return { frameCount: 0, sizeBytes: size };
  throw new DomainError(
    "result_rejected",
    `Cannot accept part ${options.path}: it has ${size} bytes of sound, must have ${wantedBytes}`,
  );
}
