import { join } from "@std/path";
import {
  type AudioClip,
  type AudioMediaSource,
  type AudioPlan,
  DomainError,
  isSystemError,
  toFileError,
} from "../../core/mod.ts";
import type { ProcessRunner, Programs } from "../../process/mod.ts";
import { decodeSource } from "./decode_source.ts";
import { type DecodedSound, openDecodedSound, PAIR_BYTES } from "./decoded_sound.ts";
import { addSaturating, applyEffect } from "./effects.ts";

/** Samples that are mixed at a time: what is in memory never grows with the length of the film. */
const BLOCK_SAMPLES = 65_536;
/** Streams that are decoded at the same time. */
const DECODERS_MAX = 2;
/** Share of the progress that decoding takes; the rest is the mix. */
const DECODE_SHARE = 0.75;

/** The sound part of a job. */
export interface RenderAudioOptions {
  /** What is to be heard. */
  readonly plan: AudioPlan;
  /** Local path of a media file of the plan. */
  readonly mediaPath: (mediaId: string) => string;
  /** Folder for decoded streams, 4 bytes per sample each; they are removed in the end. */
  readonly workDir: string;
  /** Where the result appears, once it is complete. */
  readonly outPath: string;
  /** Where ffmpeg is. */
  readonly programs: Pick<Programs, "ffmpeg">;
  /** Runs it. */
  readonly processes: ProcessRunner;
  /** Called with the work done so far, 0 to `plan.lengthSamples`, decoding included. */
  readonly onProgress?: (samplesDone: number) => void;
  /** Stops the work; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/**
 * Makes the sound of the whole film: decodes every stream once, mixes by the plan.
 *
 * The result is 16-bit little-endian stereo without a header, exactly `plan.lengthSamples` samples,
 * the same bytes on every machine with the same FFmpeg.
 *
 * @throws {DomainError} `media_missing` if a stream cannot be decoded; `disk_full`, `io_failed`;
 * `cancelled` by the signal; `program_missing` without ffmpeg.
 */
export async function renderAudioPart(options: RenderAudioOptions): Promise<void> {
  const partialPath = `${options.outPath}.partial`;
  const folder = await makeFolder(options.workDir);
  const sounds = new Map<string, DecodedSound>();
  try {
    await decodeAll(options, folder, sounds);
    await mix(options, sounds, partialPath);
    await Deno.rename(partialPath, options.outPath);
  } catch (error) {
    // Best effort: the folder of the attempt is removed as a whole anyway.
    await Deno.remove(partialPath).catch(() => undefined);
    throw isSystemError(error) ? toFileError(error, `Cannot write ${options.outPath}`) : error;
  } finally {
    for (const sound of sounds.values()) sound.close();
    await Deno.remove(folder, { recursive: true }).catch(() => undefined);
  }
}

async function makeFolder(workDir: string): Promise<string> {
  try {
    return await Deno.makeTempDir({ dir: workDir, prefix: "sound-" });
  } catch (error) {
    throw toFileError(error, `Cannot write into ${workDir}`);
  }
}

/** Clips that play the same stream at the same speed share one decoded file. */
function sourceKey(source: AudioMediaSource): string {
  return JSON.stringify([source.mediaId, source.streamIndex, source.speed, source.keepsPitch]);
}

interface NeededSource {
  readonly source: AudioMediaSource;
  endSample: number;
}

/** What of which stream the film needs. */
function neededSources(plan: AudioPlan): Map<string, NeededSource> {
  const needed = new Map<string, NeededSource>();
  for (const clip of plan.clips) {
    const { source } = clip;
    if (source.kind !== "media") continue;
    const lastClipSample = Math.min(clip.endSample, plan.lengthSamples) - clip.startSample;
    if (lastClipSample <= 0 || clip.endSample <= 0) continue;
    const endSample = source.sourceStartSample + (source.isReversed ? 1 : lastClipSample);
    if (endSample <= 0) continue;
    const known = needed.get(sourceKey(source));
    if (known === undefined) needed.set(sourceKey(source), { source, endSample });
    else known.endSample = Math.max(known.endSample, endSample);
  }
  return needed;
}

async function decodeAll(
  options: RenderAudioOptions,
  folder: string,
  sounds: Map<string, DecodedSound>,
): Promise<void> {
  const needed = [...neededSources(options.plan)];
  const totalBytes = needed.reduce((sum, [, { endSample }]) => sum + endSample * PAIR_BYTES, 0);
  const doneBytes = new Map<string, number>();
  const report = (key: string, sizeBytes: number): void => {
    doneBytes.set(key, sizeBytes);
    const sum = [...doneBytes.values()].reduce((a, b) => a + b, 0);
    const share = Math.min(1, sum / totalBytes) * DECODE_SHARE;
    options.onProgress?.(Math.floor(options.plan.lengthSamples * share));
  };
  const failure = new AbortController();
  const signal = AbortSignal.any([
    failure.signal,
    ...(options.signal === undefined ? [] : [options.signal]),
  ]);
  const waiting = needed.values();
  const decodeNext = async (): Promise<void> => {
    for (const [key, { source, endSample }] of waiting) {
      const outPath = join(folder, `${doneBytes.size}.s16le`);
      doneBytes.set(key, 0);
      await decodeSource({
        source,
        endSample,
        outPath,
        mediaPath: options.mediaPath(source.mediaId),
        sampleRate: options.plan.sampleRate,
      }, { ...options, signal, onProgress: (sizeBytes) => report(key, sizeBytes) });
      report(key, endSample * PAIR_BYTES);
      sounds.set(key, await openDecodedSound(outPath));
    }
  };
  const decoders = Array.from(
    { length: DECODERS_MAX },
    () =>
      decodeNext().catch((error: unknown) => {
        // The other decoders are stopped, and waited for, before the first error goes up.
        failure.abort();
        throw error;
      }),
  );
  const ended = await Promise.allSettled(decoders);
  const errors = ended.filter((end) => end.status === "rejected").map((end) => end.reason);
  const first = errors.find((error) =>
    !(error instanceof DomainError) || error.code !== "cancelled"
  );
  if (errors.length > 0) throw first ?? errors[0];
}

async function mix(
  options: RenderAudioOptions,
  sounds: ReadonlyMap<string, DecodedSound>,
  partialPath: string,
): Promise<void> {
  const { plan } = options;
  using file = await Deno.open(partialPath, { write: true, create: true, truncate: true });
  const decodeShare = sounds.size === 0 ? 0 : DECODE_SHARE;
  for (let start = 0; start < plan.lengthSamples; start += BLOCK_SAMPLES) {
    if (options.signal?.aborted) {
      throw new DomainError("cancelled", "Cannot mix the sound: it was stopped");
    }
    const end = Math.min(plan.lengthSamples, start + BLOCK_SAMPLES);
    const block = new Int16Array(2 * (end - start));
    for (const clip of plan.clips) {
      if (clip.startSample < end && clip.endSample > start) {
        await addClip(clip, { block, start, sounds });
      }
    }
    await writeAll(file, new Uint8Array(block.buffer));
    const share = decodeShare + (1 - decodeShare) * end / plan.lengthSamples;
    options.onProgress?.(Math.floor(plan.lengthSamples * share));
  }
}

interface MixBlock {
  readonly block: Int16Array;
  /** Place of the block in the film. */
  readonly start: number;
  readonly sounds: ReadonlyMap<string, DecodedSound>;
}

async function addClip(clip: AudioClip, mixing: MixBlock): Promise<void> {
  const { block, start, sounds } = mixing;
  const from = Math.max(start, clip.startSample);
  const to = Math.min(start + block.length / 2, clip.endSample);
  const pcm = new Int16Array(2 * (to - from));
  if (clip.source.kind === "media") {
    await sounds.get(sourceKey(clip.source))?.read(clip.source, from - clip.startSample, pcm);
  }
  for (const effect of clip.effects) applyEffect(effect, { pcm, startSample: from });
  addSaturating(block.subarray(2 * (from - start), 2 * (to - start)), pcm);
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}
