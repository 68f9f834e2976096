import type { FrameRange, Rational } from "../../mod/core/mod.ts";
import { createSystemRunner, DEFAULT_PROGRAMS, ffmpegFile } from "../../mod/process/mod.ts";
import type { Preset, PresetName } from "../../mod/render/mod.ts";

/** Runs the machine's own programs. */
export const processes = createSystemRunner({ env: (name) => Deno.env.get(name) });

const TIMEOUT_MS = 60_000;

/** Encoder options of a preset, in ffmpeg's words; the same as the preset's own in melt's. */
const ENCODERS: Readonly<Record<PresetName, readonly string[]>> = {
  h264: ["-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-g", "250"],
  hevc: [
    ...["-c:v", "libx265", "-crf", "20", "-tag:v", "hvc1", "-pix_fmt", "yuv420p"],
    ...["-x265-params", "open-gop=0:info=0:log-level=error"],
  ],
  prores: ["-c:v", "prores_ks", "-profile:v", "3", "-pix_fmt", "yuv422p10le"],
  lossless: ["-c:v", "ffv1", "-level", "3", "-g", "1", "-pix_fmt", "bgr0"],
};

/** Moving test pictures. */
export interface TestPictures {
  readonly preset: Preset;
  readonly fps: Rational;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Which of the frames. */
  readonly range: FrameRange;
}

/** Encodes frames of a test film as plain ffmpeg does. */
export async function encodePictures(path: string, pictures: TestPictures): Promise<void> {
  const { fps, range, width, height } = pictures;
  const seconds = (range.endFrame + 1) * fps.den / fps.num;
  const source = `testsrc2=s=${width}x${height}:r=${fps.num}/${fps.den}:d=${seconds}`;
  const cut = `trim=start_frame=${range.startFrame}:end_frame=${range.endFrame}`;
  await runFfmpeg([
    ...["-f", "lavfi", "-i", `${source},${cut},setpts=N/(FR*TB)`],
    ...ENCODERS[pictures.preset.name],
    ...["-f", path.endsWith(".mkv") ? "matroska" : path.endsWith(".mov") ? "mov" : "mp4"],
    ffmpegFile(path),
  ]);
}

/** Writes a tone as 16-bit stereo without a header, exactly so many samples. */
export async function writeTone(path: string, lengthSamples: number): Promise<void> {
  const pcm = new Int16Array(2 * lengthSamples);
  for (let i = 0; i < lengthSamples; i++) {
    const value = Math.round(12_000 * Math.sin(i * 2 * Math.PI * 440 / 48_000));
    pcm[2 * i] = value;
    pcm[2 * i + 1] = value;
  }
  await Deno.writeFile(path, new Uint8Array(pcm.buffer));
}

/** Runs ffmpeg and fails with its last words if it fails. */
export async function runFfmpeg(args: readonly string[]): Promise<Uint8Array> {
  return await run(DEFAULT_PROGRAMS.ffmpeg, ["-nostdin", "-v", "error", "-y", ...args]);
}

/** Packets of a stream, as `pts,dts,duration,flags`, in the order of the file. */
export async function listPackets(path: string, stream: "v" | "a"): Promise<string[]> {
  const entries = "packet=pts,dts,duration,flags";
  const out = await run(DEFAULT_PROGRAMS.ffprobe, [
    ...["-v", "error", "-select_streams", stream, "-show_entries", entries],
    ...["-of", "csv=p=0", "-i", ffmpegFile(path)],
  ]);
  return new TextDecoder().decode(out).split("\n").filter((line) => line !== "");
}

/** MD5 of every decoded frame. */
export async function hashFrames(path: string): Promise<string[]> {
  const out = await runFfmpeg([
    ...["-i", ffmpegFile(path), "-map", "0:v", "-vsync", "passthrough", "-f", "framemd5", "-"],
  ]);
  return new TextDecoder().decode(out).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(",").at(-1)?.trim() ?? "");
}

async function run(program: string, args: readonly string[]): Promise<Uint8Array> {
  const outcome = await processes.run({ program, args, timeoutMs: TIMEOUT_MS });
  if (outcome.code !== 0) throw new Error(`Cannot run ${program}: ${outcome.stderrTail}`);
  return outcome.stdout;
}
