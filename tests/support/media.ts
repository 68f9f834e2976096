import type { Picture } from "./pixels.ts";
import { runProgram } from "./run_program.ts";

/** A small film for tests. */
export interface FilmOptions {
  /** Frames. Default 25. */
  readonly frames?: number;
  /** Frames per second as ffmpeg reads it: `25`, `30000/1001`. Default 25. */
  readonly fps?: string;
  /** Pixels, both even. Default 160 x 90. */
  readonly width?: number;
  readonly height?: number;
  /** Encoder arguments. Default: H.264 at a quality that keeps the frame numbers readable. */
  readonly codec?: readonly string[];
  /** Whether a tone of 440 Hz goes with it. Default no. */
  readonly hasSound?: boolean;
}

const BITS = 16;
const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p"];

/** Encoder arguments for films that decode to the very same pictures everywhere. */
export const LOSSLESS_CODEC: readonly string[] = ["-c:v", "ffv1", "-pix_fmt", "yuv420p"];

/**
 * Makes a film whose every frame shows its own number: 16 bars, white for 1, lowest bit at the left.
 *
 * @param path Where to; the ending chooses the container.
 */
export async function makeCountingFilm(path: string, options: FilmOptions = {}): Promise<void> {
  const { frames = 25, fps = "25", width = 160, height = 90, codec = H264 } = options;
  const bars = `255*mod(floor(N/pow(2\\,floor(X*${BITS}/W)))\\,2)`;
  const pictures = `color=size=${width}x${height}:rate=${fps},geq=lum='${bars}':cb=128:cr=128`;
  const sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
  await runProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", pictures],
    ...(options.hasSound === true ? [...sound, "-shortest", "-c:a", "aac"] : []),
    ...["-frames:v", String(frames), ...codec, `file:${path}`],
  ]);
}

/** The number that a frame of {@linkcode makeCountingFilm} shows, also after scaling. */
export function readFrameNumber(picture: Picture): number {
  const y = Math.floor(picture.height / 2);
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const x = Math.floor((bit + 0.5) * picture.width / BITS);
    const green = picture.rgb[(y * picture.width + x) * 3 + 1] ?? 0;
    if (green > 127) number += 2 ** bit;
  }
  return number;
}

/** Makes a sine tone, 16-bit PCM in two channels. */
export async function makeTone(
  path: string,
  options: { readonly seconds?: number; readonly hertz?: number; readonly sampleRate?: number } =
    {},
): Promise<void> {
  const { seconds = 1, hertz = 440, sampleRate = 48_000 } = options;
  const source = `sine=frequency=${hertz}:sample_rate=${sampleRate}:duration=${seconds}`;
  await runProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source],
    ...["-ac", "2", "-c:a", "pcm_s16le", `file:${path}`],
  ]);
}
