/**
 * Reads the frame numbers of a film that fake renderers made, and its checksum.
 *
 *     deno run -A tests/bench/read_stamps.ts FILM [FRAMES]
 *
 * @module
 */
import { createHash } from "node:crypto";
import { DomainError, type FrameRange } from "../../mod/core/mod.ts";
import { createSystemRunner, ffmpegInput, type ProcessRunner } from "../../mod/process/mod.ts";
import { readStamp, STAMP_BLOCKS, STAMP_COLUMNS, STAMP_ROWS } from "./frame_stamp.ts";

/** What is wrong with the frames of a film. All lists are empty for a film as it should be. */
export interface StampReport {
  /** Frames that the film has. */
  readonly frames: number;
  /** Numbers that should be there and are not, as ranges. */
  readonly missing: readonly FrameRange[];
  /** Numbers that are there more than once. */
  readonly duplicates: readonly number[];
  /** Frames that carry another number than their place in the film, as `place` and `number`. */
  readonly misplaced: readonly { readonly place: number; readonly number: number }[];
  /** Places of frames that carry no number. */
  readonly unreadable: readonly number[];
}

/** What reading a film needs. */
export interface ReadStampsOptions {
  /** Frames that the film should have; absent: as many as it has. */
  readonly frames?: number;
  readonly runner: ProcessRunner;
}

const READ_MS_MAX = 600_000;

/** Whether a film has every frame once, at its place. */
export function isWhole(report: StampReport): boolean {
  return report.missing.length === 0 && report.duplicates.length === 0 &&
    report.misplaced.length === 0 && report.unreadable.length === 0;
}

/**
 * Reads the numbers of all frames.
 *
 * @throws {DomainError} `io_failed` if ffmpeg cannot read the film.
 */
export async function readStamps(film: string, options: ReadStampsOptions): Promise<StampReport> {
  const numbers: (number | undefined)[] = [];
  let rest = new Uint8Array(0);
  await runFfmpeg(film, {
    runner: options.runner,
    args: [
      ...["-map", "0:v:0", "-vsync", "passthrough", "-vf"],
      `scale=${STAMP_COLUMNS}:${STAMP_ROWS}:flags=area,format=gray`,
      ...["-f", "rawvideo", "pipe:1"],
    ],
    onStdout: (chunk) => {
      const bytes = new Uint8Array(rest.length + chunk.length);
      bytes.set(rest);
      bytes.set(chunk, rest.length);
      let offset = 0;
      for (; offset + STAMP_BLOCKS <= bytes.length; offset += STAMP_BLOCKS) {
        numbers.push(readStamp(bytes.subarray(offset, offset + STAMP_BLOCKS)));
      }
      rest = bytes.slice(offset);
    },
  });
  return judgeNumbers(numbers, options.frames ?? numbers.length);
}

/** Compares the numbers of a film's frames, in order, with what they should be. */
export function judgeNumbers(
  numbers: readonly (number | undefined)[],
  wantedFrames: number,
): StampReport {
  const counts = new Map<number, number>();
  const misplaced: { place: number; number: number }[] = [];
  const unreadable: number[] = [];
  for (const [place, number] of numbers.entries()) {
    if (number === undefined) {
      unreadable.push(place);
      continue;
    }
    counts.set(number, (counts.get(number) ?? 0) + 1);
    if (number !== place) misplaced.push({ place, number });
  }
  return {
    frames: numbers.length,
    missing: missingRanges(counts, wantedFrames),
    duplicates: [...counts].filter(([, count]) => count > 1).map(([number]) => number),
    misplaced,
    unreadable,
  };
}

function missingRanges(counts: ReadonlyMap<number, number>, wantedFrames: number): FrameRange[] {
  const missing: FrameRange[] = [];
  let startFrame: number | undefined;
  for (let frame = 0; frame <= wantedFrames; frame++) {
    const isMissing = frame < wantedFrames && !counts.has(frame);
    if (isMissing) startFrame ??= frame;
    else if (startFrame !== undefined) {
      missing.push({ startFrame, endFrame: frame });
      startFrame = undefined;
    }
  }
  return missing;
}

/**
 * Checksum of a film's pictures with their time stamps: SHA-256 of FFmpeg's `framemd5` list.
 *
 * @throws {DomainError} `io_failed` if ffmpeg cannot read the film.
 */
export async function framesChecksum(film: string, runner: ProcessRunner): Promise<string> {
  const hash = createHash("sha256");
  await runFfmpeg(film, {
    runner,
    args: ["-map", "0:v:0", "-vsync", "passthrough", "-f", "framemd5", "pipe:1"],
    onStdout: (chunk) => void hash.update(chunk),
  });
  return hash.digest("hex");
}

async function runFfmpeg(
  film: string,
  call: {
    readonly runner: ProcessRunner;
    readonly args: readonly string[];
    readonly onStdout: (chunk: Uint8Array) => void;
  },
): Promise<void> {
  const outcome = await call.runner.run({
    program: "ffmpeg",
    args: ["-nostdin", "-v", "error", ...ffmpegInput(film), ...call.args],
    onStdout: call.onStdout,
    timeoutMs: READ_MS_MAX,
  });
  if (outcome.code === 0 && outcome.stderrTail.trim() === "") return;
  throw new DomainError("io_failed", `Cannot read ${film}: ${outcome.stderrTail.trim()}`);
}

if (import.meta.main) {
  const [film = "", frames] = Deno.args;
  const runner = createSystemRunner({ env: (name) => Deno.env.get(name) });
  const report = await readStamps(film, {
    runner,
    ...(frames === undefined ? {} : { frames: Number(frames) }),
  });
  console.log(JSON.stringify({ ...report, checksum: await framesChecksum(film, runner) }, null, 2));
  Deno.exitCode = isWhole(report) ? 0 : 1;
}
