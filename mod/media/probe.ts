import {
  DomainError,
  type MediaAudioStream,
  type MediaProbe,
  type MediaStream,
  type MediaStreamBase,
  type MediaVideoStream,
  type Rational,
} from "../core/mod.ts";
import {
  ffmpegInput,
  type ProcessOutcome,
  type ProcessRunner,
  type Programs,
} from "../process/mod.ts";

/** What probing needs. */
export interface ProbeDeps {
  /** Runs `ffprobe`. */
  readonly processes: ProcessRunner;
  /** Where it is. */
  readonly programs: Pick<Programs, "ffprobe">;
  /** Ends the probe early. */
  readonly signal?: AbortSignal;
}

/** Longest time that a probe may take, milliseconds: a file on a slow network drive. */
export const PROBE_TIMEOUT_MS = 60_000;

/**
 * Asks `ffprobe` what a media file is.
 *
 * The name of the file is never taken for an option, a protocol or an image sequence.
 *
 * @param path Path of the file; any name.
 * @param deps Process runner and program.
 * @returns Its format and its picture and sound streams, in the order of the file; others are left out.
 * @throws {DomainError} `media_missing` if there is no such file or it cannot be read as media;
 * `program_missing` without ffprobe; `timeout` after {@linkcode PROBE_TIMEOUT_MS}; `cancelled` by the signal.
 */
export async function probeMedia(path: string, deps: ProbeDeps): Promise<MediaProbe> {
  await assertReadable(path);
  let outcome = await runProbe(path, deps, []);
  if (outcome.code !== 0 && outcome.endedBy === "exit" && path.includes("%")) {
    // A picture with a per cent sign in its name was taken for a pattern of an image sequence.
    outcome = await runProbe(path, deps, ["-f", "image2", "-pattern_type", "none"]);
  }
  if (outcome.endedBy !== "exit") {
    throw new DomainError(
      outcome.endedBy === "timeout" ? "timeout" : "cancelled",
      `Cannot probe ${path}: ffprobe ${
        outcome.endedBy === "timeout" ? `took more than ${PROBE_TIMEOUT_MS} ms` : "was stopped"
      }`,
    );
  }
  if (outcome.code !== 0) {
    throw new DomainError("media_missing", `Cannot read ${path} as media: ${lastLine(outcome)}`, {
      hint: "Check that the file is complete and of a format that FFmpeg knows",
      details: { path },
    });
  }
  return parseProbe(new TextDecoder().decode(outcome.stdout));
}

async function assertReadable(path: string): Promise<void> {
  try {
    if ((await Deno.stat(path)).isFile) return;
  } catch (cause) {
    throw new DomainError("media_missing", `Cannot read ${path}`, { cause, details: { path } });
  }
  throw new DomainError("media_missing", `Cannot read ${path} as media: it is not a file`, {
    details: { path },
  });
}

function runProbe(
  path: string,
  deps: ProbeDeps,
  format: readonly string[],
): Promise<ProcessOutcome> {
  return deps.processes.run({
    program: deps.programs.ffprobe,
    args: [
      ...["-v", "error", "-of", "json", "-show_streams", "-show_format"],
      ...ffmpegInput(path, format),
    ],
    timeoutMs: PROBE_TIMEOUT_MS,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
}

function lastLine(outcome: ProcessOutcome): string {
  return outcome.stderrTail.trim().split("\n").at(-1) ?? `ffprobe ended with ${outcome.code}`;
}

type Fields = Readonly<Record<string, unknown>>;

/** What `ffprobe -of json -show_streams -show_format` printed, as a {@linkcode MediaProbe}. */
function parseProbe(text: string): MediaProbe {
  const whole = asFields(JSON.parse(text));
  const format = asFields(whole["format"]);
  const listed = Array.isArray(whole["streams"]) ? whole["streams"] : [];
  const streams = listed.map((fields) => parseStream(asFields(fields))).filter((stream) =>
    stream !== undefined
  );
  const name = textOf(format["format_name"]);
  return {
    format: name,
    ...optional("durationSeconds", numberOf(format["duration"])),
    isStill: isStill(name, streams),
    streams,
  };
}

/**
 * A picture file read by itself: FFmpeg's image demuxers pretend that it runs at 25 frames per
 * second, so its rate says nothing.
 */
function isStill(format: string, streams: readonly MediaStream[]): boolean {
  const isPictureFile = format === "image2" || format.endsWith("_pipe");
  return isPictureFile && streams.length === 1 && streams[0]?.kind === "video";
}

function parseStream(fields: Fields): MediaStream | undefined {
  const base: MediaStreamBase = {
    index: numberOf(fields["index"]) ?? 0,
    codec: textOf(fields["codec_name"]),
    timeBase: rationalOf(fields["time_base"]) ?? { num: 1, den: 1 },
    startPts: numberOf(fields["start_pts"]) ?? 0,
    ...optional("durationSeconds", numberOf(fields["duration"])),
  };
  if (fields["codec_type"] === "video") return videoStream(base, fields);
  if (fields["codec_type"] === "audio") return audioStream(base, fields);
  return undefined;
}

function videoStream(base: MediaStreamBase, fields: Fields): MediaVideoStream {
  const range = textOf(fields["color_range"]);
  return {
    ...base,
    kind: "video",
    width: numberOf(fields["width"]) ?? 0,
    height: numberOf(fields["height"]) ?? 0,
    pixFmt: textOf(fields["pix_fmt"]) || "unknown",
    colorSpace: textOf(fields["color_space"]) || "unknown",
    colorRange: range === "tv" ? "limited" : range === "pc" ? "full" : "unknown",
    ...optional("avgFrameRate", rationalOf(fields["avg_frame_rate"])),
    ...optional("rFrameRate", rationalOf(fields["r_frame_rate"])),
    ...optional("nbFrames", numberOf(fields["nb_frames"])),
    fieldOrder: textOf(fields["field_order"]) || "unknown",
    rotation: rotationOf(fields),
    isAttachedPicture: asFields(fields["disposition"])["attached_pic"] === 1,
  };
}

function audioStream(base: MediaStreamBase, fields: Fields): MediaAudioStream {
  return {
    ...base,
    kind: "audio",
    sampleRate: numberOf(fields["sample_rate"]) ?? 0,
    channels: numberOf(fields["channels"]) ?? 0,
    channelLayout: textOf(fields["channel_layout"]),
  };
}

function rotationOf(fields: Fields): number {
  const sideData = Array.isArray(fields["side_data_list"]) ? fields["side_data_list"] : [];
  for (const entry of sideData) {
    const rotation = numberOf(asFields(entry)["rotation"]);
    if (rotation !== undefined) return rotation;
  }
  return numberOf(asFields(fields["tags"])["rotate"]) ?? 0;
}

function asFields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A number given as one or as text; `N/A` and the like are none. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** `30000/1001`; `0/0` stands for unknown. */
function rationalOf(value: unknown): Rational | undefined {
  const [num, den] = textOf(value).split("/").map(Number);
  return num !== undefined && den !== undefined && num > 0 && den > 0 ? { num, den } : undefined;
}

/** A field that is there only if it has a value. */
function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : { [key]: value } as { readonly [P in K]?: V };
}
