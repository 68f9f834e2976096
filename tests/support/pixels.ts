import { readProgram, runProgram } from "./run_program.ts";

/** One picture, 8 bits a channel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of each pixel, row by row. */
  readonly rgb: Uint8Array;
}

/** Which pictures of a file to decode. */
export interface DecodeOptions {
  /** Frame numbers from 0, ascending; all of them if absent. */
  readonly frames?: readonly number[];
}

// Without these flags swscale takes short cuts that are off by up to 4 of 255.
const EXACT_SCALING = "accurate_rnd+full_chroma_int+full_chroma_inp+bicubic";

/**
 * Decodes pictures of a film, or a single picture file, with ffmpeg.
 *
 * @throws {Error} If the file does not decode without an error, or does not have all the frames.
 */
export async function decodePictures(
  path: string,
  options: DecodeOptions = {},
): Promise<Picture[]> {
  const { frames } = options;
  const { width, height } = await readSize(path);
  const select = frames?.map((frame) => `eq(n\\,${frame})`).join("+");
  const bytes = await runProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-xerror", "-i", `file:${path}`, "-map", "0:v:0"],
    ...(select === undefined ? [] : ["-vf", `select=${select}`]),
    ...["-fps_mode", "passthrough", "-sws_flags", EXACT_SCALING],
    ...["-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
  ]);
  const size = width * height * 3;
  const count = bytes.length / size;
  if (!Number.isInteger(count) || count !== (frames?.length ?? count)) {
    throw new Error(`${path}: decoded ${count} pictures, wanted frames ${frames?.join(", ")}`);
  }
  return Array.from({ length: count }, (_, index) => ({
    width,
    height,
    rgb: bytes.subarray(index * size, (index + 1) * size),
  }));
}

/** Decodes one frame of a film, or a picture file. */
export async function decodePicture(path: string, frame = 0): Promise<Picture> {
  const [picture] = await decodePictures(path, { frames: [frame] });
  if (picture === undefined) throw new Error(`${path}: no frame ${frame}`);
  return picture;
}

/** How far two pictures are apart, in steps of 255, over all samples of all channels. */
export interface PictureDifference {
  /** Mean of the absolute differences. */
  readonly mean: number;
  /** 99 % of all samples differ by at most this. */
  readonly p99: number;
  /** Largest difference. */
  readonly max: number;
  /** Where the largest is, pixels from the top left. */
  readonly at: { readonly x: number; readonly y: number };
}

/**
 * Compares two pictures sample by sample.
 *
 * @throws {RangeError} If they are not of one size.
 */
export function comparePictures(actual: Picture, expected: Picture): PictureDifference {
  if (actual.width !== expected.width || actual.height !== expected.height) {
    throw new RangeError(
      `Cannot compare ${actual.width}x${actual.height} with ${expected.width}x${expected.height}`,
    );
  }
  const counts = new Uint32Array(256);
  let [sum, max, worst] = [0, -1, 0];
  for (let index = 0; index < actual.rgb.length; index++) {
    const difference = Math.abs((actual.rgb[index] ?? 0) - (expected.rgb[index] ?? 0));
    counts[difference] = (counts[difference] ?? 0) + 1;
    sum += difference;
    if (difference > max) [max, worst] = [difference, index];
  }
  const pixel = Math.floor(worst / 3);
  return {
    mean: sum / actual.rgb.length,
    p99: percentile(counts, 0.99),
    max,
    at: { x: pixel % actual.width, y: Math.floor(pixel / actual.width) },
  };
}

/** Smallest difference that this share of all samples does not exceed. */
function percentile(counts: Uint32Array, share: number): number {
  const wanted = counts.reduce((sum, count) => sum + count, 0) * share;
  let seen = 0;
  for (const [difference, count] of counts.entries()) {
    seen += count;
    if (seen >= wanted) return difference;
  }
  return 255;
}

/** One hash for each decoded frame, in order: two films with equal lists show the same pictures. */
export async function frameHashes(path: string): Promise<string[]> {
  const text = await readProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-xerror", "-i", `file:${path}`, "-map", "0:v:0"],
    ...["-fps_mode", "passthrough", "-f", "framemd5", "-"],
  ]);
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(",").at(-1)?.trim() ?? "");
}

/** Sound of a file as interleaved samples, -1 to 1. */
export async function decodeSound(
  path: string,
  options: { readonly sampleRate?: number; readonly channels?: number } = {},
): Promise<Float32Array> {
  const { sampleRate = 48_000, channels = 2 } = options;
  const bytes = await runProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-xerror", "-i", `file:${path}`, "-map", "0:a:0"],
    ...["-f", "f32le", "-ar", String(sampleRate), "-ac", String(channels), "-"],
  ]);
  return new Float32Array(bytes.slice().buffer);
}

async function readSize(path: string): Promise<{ width: number; height: number }> {
  const text = await readProgram("ffprobe", [
    ...["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height"],
    ...["-of", "csv=p=0", `file:${path}`],
  ]);
  const [width = 0, height = 0] = text.trim().split(",").map(Number);
  return { width, height };
}
