import { DomainError, frameCount, type FrameRange, type Rational } from "../../core/mod.ts";
import type { Preset } from "../presets.ts";
import { concatBytes, damage } from "./boxes.ts";
import { type FrameOrder, readFrameOrder } from "./frame_order.ts";
import { type MovieFile, openMovieFile, readExactly, toRejection } from "./movie_file.ts";
import { withoutBitRate } from "./mp4_writer.ts";
import { readSamples, type SampleTable } from "./sample_table.ts";

/** What a video part must be. */
export interface ExpectedPart {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Exact frame rate. */
  readonly fps: Rational;
  /** Frames of the timeline that it holds. */
  readonly range: FrameRange;
  /** How it is encoded. */
  readonly preset: Preset;
}

/** A part whose tables are right, open for reading. */
export interface PartFile {
  readonly sizeBytes: number;
  readonly samples: SampleTable;
  readonly order: FrameOrder;
  /** What a decoder has to know beforehand, without what differs from part to part. */
  readonly entry: Uint8Array;
  /** Bytes of consecutive samples, in decoding order. */
  read(firstSample: number, count: number): Promise<Uint8Array>;
  close(): void;
}

/**
 * Opens a video part and checks its tables: one video track of the right codec and size, exactly
 * the frames of its range at exactly their times, a key frame first. No frame is read or decoded.
 *
 * @throws {DomainError} `result_rejected` with the reason; `io_failed`.
 */
export async function openPartFile(path: string, expected: ExpectedPart): Promise<PartFile> {
  const movie = await openMovieFile(path, "part");
  try {
    return readPart(movie, expected);
  } catch (error) {
    movie.file.close();
    throw toRejection(error, `part ${path}`);
  }
}

function readPart(movie: MovieFile, expected: ExpectedPart): PartFile {
  const track = movie.tracks[0];
  if (track?.kind !== "video" || movie.tracks.length !== 1) {
    throw damage(`it has ${movie.tracks.length} tracks, must have one, of pictures`);
  }
  const { sampleEntry } = expected.preset.picture;
  if (track.codec !== sampleEntry) {
    throw damage(`it is coded as ${JSON.stringify(track.codec)}, must be ${sampleEntry}`);
  }
  if (track.width !== expected.width || track.height !== expected.height) {
    const wanted = `${expected.width}x${expected.height}`;
    throw damage(`its size is ${track.width}x${track.height}, must be ${wanted}`);
  }
  const samples = readSamples(track, movie.sizeBytes);
  const wantedFrames = frameCount(expected.range);
  if (samples.count !== wantedFrames) {
    throw damage(`it has ${samples.count} frames, must have ${wantedFrames}`);
  }
  const order = readFrameOrder(samples, { timescale: track.timescale, fps: expected.fps });
  assertKeyFrames(samples, order, expected.preset.picture.isIntraOnly);
  return {
    sizeBytes: movie.sizeBytes,
    samples,
    order,
    entry: withoutBitRate(track.sampleEntry),
    read: (first, count) => readFrames(movie.file, { samples, first, count }),
    close: () => movie.file.close(),
  };
}

function assertKeyFrames(samples: SampleTable, order: FrameOrder, isIntraOnly: boolean): void {
  if (samples.isSync[0] !== 1 || order.ranks[0] !== 0) {
    throw damage("its first frame is no key frame");
  }
  if (isIntraOnly && samples.isSync.includes(0)) throw damage("not every frame is a key frame");
}

async function readFrames(
  file: Deno.FsFile,
  wanted: { readonly samples: SampleTable; readonly first: number; readonly count: number },
): Promise<Uint8Array> {
  const { samples, first, count } = wanted;
  const pieces: Uint8Array[] = [];
  for (let sample = first; sample < first + count;) {
    const offset = samples.offsets[sample] ?? 0;
    let sizeBytes = 0;
    // Samples that lie one behind the other are read at once.
    while (sample < first + count && samples.offsets[sample] === offset + sizeBytes) {
      sizeBytes += samples.sizes[sample] ?? 0;
      sample++;
    }
    const bytes = new Uint8Array(sizeBytes);
    await readExactly(file, offset, bytes);
    pieces.push(bytes);
  }
  const only = pieces[0];
  return pieces.length === 1 && only !== undefined ? only : concatBytes(pieces);
}

/** Says that a part's encoder was set otherwise than the first part's. */
export function otherSettings(path: string): DomainError {
  return new DomainError(
    "result_rejected",
    `Cannot accept part ${path}: its encoder settings differ from those of the first part`,
    { hint: "All workers need the same versions of melt and of its encoders" },
  );
}
