import { readProgram, runProgram } from "./run_program.ts";

/** What a film is, read by a program that knows nothing of the one under test. */
export interface FilmFacts {
  /** Pictures in the file. */
  readonly frames: number;
  /** `30000/1001`. */
  readonly fps: string;
  /** Time stamps of the pictures in the order of showing, ticks of `timeBase`. */
  readonly stamps: readonly number[];
  /** Length of one tick, `1/30000` as a pair. */
  readonly timeBase: readonly [number, number];
  /** From the start of the first picture to the end of the last, seconds. */
  readonly videoSeconds: number;
  /** Whether time stamps of decoding never go back and none comes twice. */
  readonly isDecodingOrdered: boolean;
}

interface ProbedPacket {
  readonly pts?: number;
  readonly dts?: number;
  readonly duration?: number;
}

/** Reads the pictures' tables of a film. */
export async function readFilmFacts(path: string): Promise<FilmFacts> {
  const text = await readProgram("ffprobe", [
    ...["-v", "error", "-select_streams", "v:0", "-of", "json", "-show_entries"],
    "stream=r_frame_rate,time_base:packet=pts,dts,duration",
    `file:${path}`,
  ]);
  const { packets, streams: [stream] } = JSON.parse(text) as {
    packets: readonly ProbedPacket[];
    streams: readonly { r_frame_rate: string; time_base: string }[];
  };
  const stamps = packets.map(({ pts }) => pts ?? Number.NaN).toSorted((a, b) => a - b);
  const decoding = packets.map(({ dts }) => dts ?? Number.NaN);
  const [num = 0, den = 1] = (stream?.time_base ?? "").split("/").map(Number);
  const last = packets.find(({ pts }) => pts === stamps.at(-1));
  return {
    frames: packets.length,
    fps: stream?.r_frame_rate ?? "",
    stamps,
    timeBase: [num, den],
    videoSeconds: ((last?.pts ?? 0) + (last?.duration ?? 0) - (stamps[0] ?? 0)) * num / den,
    isDecodingOrdered: decoding.every((dts, index) =>
      index === 0 || dts > (decoding[index - 1] ?? dts)
    ),
  };
}

/** Checks that every packet of a file decodes without a word of complaint. */
export async function assertDecodes(path: string): Promise<void> {
  await runProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-xerror", "-err_detect", "explode", "-i", `file:${path}`],
    ...["-f", "null", "-"],
  ]);
}

/** Checksum of all decoded samples of a film's sound. */
export async function soundChecksum(path: string): Promise<string> {
  const text = await readProgram("ffmpeg", [
    ...["-nostdin", "-v", "error", "-xerror", "-i", `file:${path}`, "-map", "0:a:0"],
    ...["-f", "md5", "-c:a", "pcm_s16le", "-"],
  ]);
  return text.trim();
}
