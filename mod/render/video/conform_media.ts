import type { MediaSource, Rational } from "../../core/mod.ts";
import { DomainError } from "../../core/mod.ts";
import { ffmpegFile, ffmpegInput } from "../../process/mod.ts";
import { runFfmpeg } from "./run_ffmpeg.ts";
import type { RenderDeps } from "./run_melt.ts";
import type { Workspace } from "./workspace.ts";

/** Frames of a stream, one after the other, all of one length. */
export interface ConformedMedia {
  /** Absolute path of a file whose frame n is the n-th of the stretch. */
  readonly path: string;
  /** Time stamps that the frames have in the stream, ascending, ticks. */
  readonly pts: readonly number[];
}

/** Which stretch of a stream is wanted. */
export interface ConformRequest {
  /** Absolute path of the file. */
  readonly path: string;
  /** The stream. */
  readonly source: MediaSource;
  /** From the last frame at or before this time stamp on, ticks. */
  readonly fromPts: number;
  /** Up to this time stamp, ticks. */
  readonly toPts: number;
  /** Rate that the result is given. */
  readonly rate: Rational;
}

const SHOWN_FRAME = /^\[Parsed_showinfo.*\] n: *(\d+) pts: *(-?\d+|NOPTS)/;

/**
 * Writes a stretch of a stream as frames that can be counted and sought one by one: for streams
 * whose rate varies, and for playing backwards. Lossless, same pixel format, no frame left out.
 *
 * @throws {DomainError} `render_failed`, `render_hung`, `cancelled`, `disk_full`, `program_missing`.
 */
export async function conformMedia(
  request: ConformRequest,
  options: { readonly workspace: Workspace; readonly deps: RenderDeps },
): Promise<ConformedMedia> {
  const { source, fromPts } = request;
  const isFromStart = fromPts <= source.startPts;
  const sought = await conformFrom(request, { ...options, seeks: !isFromStart });
  if (isFromStart || (sought.pts[0] ?? Infinity) <= fromPts) return sought;
  // The demuxer's seek went too far: some know no key frames. From the start it cannot.
  const whole = await conformFrom(request, { ...options, seeks: false });
  if (whole.pts.length > 0) return whole;
  throw new DomainError("render_failed", "Cannot render: no frame could be decoded of a stretch", {
    details: { streamIndex: source.streamIndex, fromPts, toPts: request.toPts },
  });
}

async function conformFrom(
  request: ConformRequest,
  options: { readonly workspace: Workspace; readonly deps: RenderDeps; readonly seeks: boolean },
): Promise<ConformedMedia> {
  const { source, rate } = request;
  const { timeBase } = source;
  const seconds = request.fromPts * timeBase.num / timeBase.den;
  const path = options.workspace.pathOf(options.workspace.newName("conformed", ".mkv"));
  const pts: number[] = [];
  const seek = ["-noaccurate_seek", "-seek_timestamp", "1", "-ss", seconds.toFixed(6)];
  const filters = [
    "showinfo=checksum=0",
    // One tick more than the target: the end is exclusive.
    `trim=end_pts=${Math.max(request.toPts, source.startPts) + 1}`,
    `settb=${rate.den}/${rate.num}`,
    "setpts=N",
  ];
  await runFfmpeg([
    "-copyts",
    "-noautorotate",
    ...(options.seeks ? seek : []),
    ...ffmpegInput(request.path),
    ...["-map", `0:${source.streamIndex}`, "-an", "-sn", "-dn"],
    ...["-vf", filters.join(","), "-r", `${rate.num}/${rate.den}`],
    ...["-c:v", "ffv1", "-level", "3", "-g", "1", "-coder", "0", "-context", "0"],
    ...["-slices", "4", "-slicecrc", "0", "-f", "matroska", ffmpegFile(path)],
  ], {
    ...options.deps,
    onStderrLine: (line) => {
      const shown = SHOWN_FRAME.exec(line)?.[2];
      if (shown === undefined) return;
      options.deps.onSign();
      const at = shown === "NOPTS" ? pts.at(-1) ?? 0 : Number(shown);
      if (at <= request.toPts || pts.length === 0) pts.push(at);
    },
  });
  return { path, pts };
}

/**
 * Index of the last time stamp at or before a target; the first one if all come later.
 *
 * @param pts Ascending, at least one.
 */
export function lastAtOrBefore(pts: readonly number[], target: number): number {
  let low = 0;
  let high = pts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((pts[middle] ?? Infinity) <= target) low = middle;
    else high = middle;
  }
  return low;
}
