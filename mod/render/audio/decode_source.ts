import { type AudioMediaSource, DomainError, LOG_TAIL_CHARS_MAX } from "../../core/mod.ts";
import { ffmpegFile, ffmpegInput, type ProcessRunner, type Programs } from "../../process/mod.ts";

/** Longest time that decoding one stream may take, milliseconds; what hangs is noticed by its progress. */
const DECODE_TIMEOUT_MS = 12 * 3600 * 1000;
/** Seconds between two reports of progress. */
const PROGRESS_SECONDS = 0.5;

/** A stream to decode. */
export interface DecodeRequest {
  readonly source: AudioMediaSource;
  /** Path of the media file. */
  readonly mediaPath: string;
  /** Hz of the film. */
  readonly sampleRate: number;
  /** No sample from this one on is needed. */
  readonly endSample: number;
  /** Where the samples go: 16-bit stereo without a header. */
  readonly outPath: string;
}

/** What decoding needs. */
export interface DecodeDeps {
  readonly processes: ProcessRunner;
  readonly programs: Pick<Programs, "ffmpeg">;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that have been written so far. */
  readonly onProgress: (sizeBytes: number) => void;
}

/**
 * Decodes a sound stream from its very start, at the film's rate and at the source's speed: seeking
 * in compressed sound is not exact to the sample, so none is done.
 *
 * The first decoded sample is sample 0, unless the stream starts before time 0; then the sample at
 * time 0 is.
 *
 * @throws {DomainError} `media_missing` if ffmpeg cannot decode it; `disk_full`; `cancelled`;
 * `timeout`; `program_missing`.
 */
export async function decodeSource(request: DecodeRequest, deps: DecodeDeps): Promise<void> {
  const outcome = await deps.processes.run({
    program: deps.programs.ffmpeg,
    args: [
      ...["-nostdin", "-hide_banner", "-v", "error", "-y"],
      ...["-progress", "pipe:1", "-stats_period", String(PROGRESS_SECONDS), "-copyts"],
      ...ffmpegInput(request.mediaPath),
      ...["-map", `0:${request.source.streamIndex}`, "-af", filterGraph(request)],
      ...["-f", "s16le", ffmpegFile(request.outPath)],
    ],
    onStdout: progressReader(deps.onProgress),
    timeoutMs: DECODE_TIMEOUT_MS,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  });
  if (outcome.endedBy === "exit" && outcome.code === 0) return;
  const action = `Cannot decode the sound of ${request.mediaPath}`;
  if (outcome.endedBy === "signal") throw new DomainError("cancelled", `${action}: it was stopped`);
  if (outcome.endedBy === "timeout") {
    throw new DomainError("timeout", `${action}: it took more than ${DECODE_TIMEOUT_MS} ms`);
  }
  const isDiskFull = outcome.stderrTail.includes("No space left on device");
  throw new DomainError(isDiskFull ? "disk_full" : "media_missing", action, {
    hint: isDiskFull ? "Free space on that disk" : "Check that the file is complete",
    details: { program: deps.programs.ffmpeg, stderr: outcome.stderrTail },
  });
}

/**
 * What happens to the samples: first the speed, then 16-bit stereo, as the editor's own graph does.
 * Rates are whole numbers, so an odd speed is off by up to half a hertz; the editor's is, too.
 */
function filterGraph(request: DecodeRequest): string {
  const { source, sampleRate, endSample } = request;
  const filters = ["atrim=start=0"];
  if (source.speed !== 1 && source.keepsPitch) filters.push(...tempoChain(source.speed));
  const rate = source.keepsPitch ? sampleRate : Math.max(1, Math.round(sampleRate / source.speed));
  filters.push(`aformat=sample_fmts=s16:channel_layouts=stereo:sample_rates=${rate}`);
  filters.push(`atrim=end_sample=${Math.max(1, endSample)}`);
  return filters.join(",");
}

/** Steps of 2 (or 1/2) and what remains, as the editor splits a factor. */
function tempoChain(speed: number): string[] {
  const base = speed > 1 ? 2 : 0.5;
  const exponent = Math.log(speed) / Math.log(base);
  const steps = Math.floor(exponent);
  const remainder = base ** (exponent - steps);
  const factors = [...Array(steps).fill(base), remainder];
  return factors.map((factor) => `atempo=${factor.toFixed(6)}`);
}

/** Reads `total_size=N` out of ffmpeg's progress report. */
function progressReader(onProgress: (sizeBytes: number) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let pending = "";
  return (chunk) => {
    pending = (pending + decoder.decode(chunk, { stream: true })).slice(-LOG_TAIL_CHARS_MAX);
    const lines = pending.split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) {
      const sizeBytes = /^total_size=(\d+)$/.exec(line)?.[1];
      if (sizeBytes !== undefined) onProgress(Number(sizeBytes));
    }
  };
}
