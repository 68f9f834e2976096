import { DomainError, type Rational } from "../../core/mod.ts";
import { ffmpegInput, type ProcessRunner, type Programs } from "../../process/mod.ts";
import type { Preset } from "../presets.ts";
import { damage } from "./boxes.ts";

/** Longest time that a look at a finished file may take, milliseconds. */
const PROBE_TIMEOUT_MS = 60_000;

/** A stream as FFmpeg sees it. */
export interface ProbedStream {
  readonly kind: string;
  readonly codec: string;
  readonly profile: string;
  readonly pixelFormat: string;
  /** Pixels; 0 for sound. */
  readonly width: number;
  readonly height: number;
  /** Hz; 0 for pictures. */
  readonly sampleRate: number;
  readonly startSeconds: number;
}

/** A file as FFmpeg sees it. */
export interface ProbedFile {
  readonly streams: readonly ProbedStream[];
  readonly durationSeconds: number;
}

/** What a look at a file needs. */
export interface ProbeStreamsDeps {
  readonly programs: Pick<Programs, "ffprobe">;
  readonly processes: ProcessRunner;
  readonly signal?: AbortSignal;
}

/**
 * Asks ffprobe what a file that this program made has become.
 *
 * @throws {DamageError} If ffprobe cannot read it. @throws {DomainError} `cancelled`, `timeout`.
 */
export async function probeStreams(path: string, deps: ProbeStreamsDeps): Promise<ProbedFile> {
  const fields = "codec_type,codec_name,profile,pix_fmt,width,height,sample_rate,start_time";
  const outcome = await deps.processes.run({
    program: deps.programs.ffprobe,
    args: [
      ...["-v", "error", "-of", "json"],
      ...["-show_entries", `stream=${fields}:format=duration`],
      ...ffmpegInput(path),
    ],
    timeoutMs: PROBE_TIMEOUT_MS,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  if (outcome.endedBy !== "exit") {
    const code = outcome.endedBy === "timeout" ? "timeout" : "cancelled";
    throw new DomainError(code, `Cannot look at ${path}: ffprobe was stopped`);
  }
  if (outcome.code !== 0) {
    throw damage(`FFmpeg cannot read it: ${outcome.stderrTail.trim().split("\n").at(-1) ?? ""}`);
  }
  return parseProbe(new TextDecoder().decode(outcome.stdout));
}

interface ProbeJson {
  readonly streams?: ReadonlyArray<Readonly<Record<string, string | number | undefined>>>;
  readonly format?: Readonly<Record<string, string | undefined>>;
}

function parseProbe(text: string): ProbedFile {
  const whole = JSON.parse(text) as ProbeJson;
  return {
    streams: (whole.streams ?? []).map((stream) => ({
      kind: String(stream["codec_type"] ?? ""),
      codec: String(stream["codec_name"] ?? ""),
      profile: String(stream["profile"] ?? ""),
      pixelFormat: String(stream["pix_fmt"] ?? ""),
      width: Number(stream["width"] ?? 0),
      height: Number(stream["height"] ?? 0),
      sampleRate: Number(stream["sample_rate"] ?? 0),
      startSeconds: Number(stream["start_time"] ?? NaN),
    })),
    durationSeconds: Number(whole.format?.["duration"] ?? NaN),
  };
}

/** What is wrong with a picture stream, to follow "Cannot accept X:", or `undefined`. */
export function describePicture(
  stream: ProbedStream,
  wanted: {
    readonly width: number;
    readonly height: number;
    readonly fps: Rational;
    readonly preset: Preset;
  },
): string | undefined {
  const { picture } = wanted.preset;
  const found: ReadonlyArray<readonly [string, string, string]> = [
    ["codec", stream.codec, picture.codecName],
    ["profile", stream.profile, picture.profile ?? stream.profile],
    ["pixel format", stream.pixelFormat, picture.pixelFormat],
    ["size", `${stream.width}x${stream.height}`, `${wanted.width}x${wanted.height}`],
  ];
  const wrong = found.find(([, current, must]) => current !== must);
  if (wrong === undefined) return undefined;
  const [what, current, must] = wrong;
  return `its ${what} is ${current}, must be ${must}`;
}
