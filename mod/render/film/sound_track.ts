import { join } from "@std/path";
import { DomainError, toFileError } from "../../core/mod.ts";
import { ffmpegFile, ffmpegInput, type ProcessRunner, type Programs } from "../../process/mod.ts";
import type { FilmContainer, SoundFormat } from "../presets.ts";
import { concatBytes, damage, getBody, makeBox, readBoxes, u16, u32 } from "./boxes.ts";
import type { SoundLayout, SoundStretch } from "./film_writer.ts";
import { openMovieFile, readExactly, toRejection } from "./movie_file.ts";
import { readSamples, type SampleTable } from "./sample_table.ts";

/** Longest time that encoding the sound may take, milliseconds: two days of sound. */
const ENCODE_TIMEOUT_MS = 3600 * 1000;
/** Bytes of a sample of both channels. */
const PAIR_BYTES = 4;

/** The sound of a film, ready to be taken piece by piece. */
export interface SoundTrack {
  readonly layout: SoundLayout;
  /**
   * Takes the packets that begin before a moment, from where the last call stopped.
   *
   * @param endSeconds The moment; `Infinity` for all that is left.
   */
  takeUntil(endSeconds: number): Promise<SoundStretch>;
  /** Closes its file, and removes it if it was made for the track. */
  close(): Promise<void>;
}

/** Where the sound comes from and what becomes of it. */
export interface SoundTrackOptions {
  /** 16-bit stereo without a header. */
  readonly pcmPath: string;
  /** Hz. */
  readonly sampleRate: number;
  /** Samples per channel in the file. */
  readonly lengthSamples: number;
  readonly format: SoundFormat;
  readonly container: FilmContainer;
  /** Folder for the encoded sound. */
  readonly workDir: string;
  readonly processes: ProcessRunner;
  readonly programs: Pick<Programs, "ffmpeg">;
  readonly signal: AbortSignal;
}

/**
 * Makes the sound track of a film: encodes the samples once, or takes them as they are.
 *
 * @throws {DomainError} `result_rejected` if the file is not as long as it should be;
 * `merge_failed` if ffmpeg cannot encode it; `disk_full`, `io_failed`, `cancelled`.
 */
export async function openSoundTrack(options: SoundTrackOptions): Promise<SoundTrack> {
  await assertLength(options);
  return options.format.codec === "aac"
    ? await openEncoded(options, options.format.bitRate)
    : await openPcm(options);
}

async function assertLength(options: SoundTrackOptions): Promise<void> {
  const wantedBytes = options.lengthSamples * PAIR_BYTES;
  const { size } = await Deno.stat(options.pcmPath).catch((error: unknown) => {
    throw toFileError(error, `Cannot read ${options.pcmPath}`);
  });
  if (size === wantedBytes) return;
  throw new DomainError(
    "result_rejected",
    `Cannot accept the sound ${options.pcmPath}: it has ${size} bytes, must have ${wantedBytes}`,
  );
}

async function openPcm(options: SoundTrackOptions): Promise<SoundTrack> {
  const file = await openForReading(options.pcmPath);
  const { sampleRate, lengthSamples } = options;
  let next = 0;
  return {
    layout: {
      codec: "pcm_s16le",
      sampleRate,
      lengthSamples,
      primingSamples: 0,
      packetSamples: 1,
      packetCount: lengthSamples,
      entry: pcmEntry(sampleRate),
      groupBoxes: [],
      decoderConfig: new Uint8Array(0),
    },
    takeUntil: async (endSeconds) => {
      const end = Math.min(lengthSamples, Math.ceil(endSeconds * sampleRate));
      const firstPacket = next;
      const count = Math.max(0, end - next);
      const bytes = new Uint8Array(count * PAIR_BYTES);
      await readPiece(file, { path: options.pcmPath, offset: next * PAIR_BYTES, bytes });
      next += count;
      return { firstPacket, count, bytes, sizes: new Uint32Array(0) };
    },
    close: () => Promise.resolve(file.close()),
  };
}

/**
 * Sound description of 16-bit little-endian stereo. Rates above 65,535 Hz do not fit the first
 * version of it.
 *
 * @see Source: QuickTime File Format, "Sound sample descriptions", versions 0 and 2.
 */
function pcmEntry(sampleRate: number): Uint8Array {
  const head = u16(0, 0, 0, 1);
  if (sampleRate <= 0xffff) {
    return makeBox("sowt", head, u16(0, 0, 0, 0, 2, 16, 0, 0), u32(sampleRate * 0x10000));
  }
  const rate = new Uint8Array(8);
  new DataView(rate.buffer).setFloat64(0, sampleRate);
  const signedPacked = 0x4 | 0x8;
  return makeBox(
    "lpcm",
    head,
    u16(2, 0, 0, 0, 3, 16, 0xfffe, 0),
    u32(0x10000, 72),
    rate,
    u32(2, 0x7f00_0000, 16, signedPacked, PAIR_BYTES, 1),
  );
}

async function openEncoded(options: SoundTrackOptions, bitRate: number): Promise<SoundTrack> {
  const isMov = options.container === "mov";
  const path = join(options.workDir, isMov ? "sound.mov" : "sound.mp4");
  await encode(options, { path, bitRate, format: isMov ? "mov" : "mp4" });
  const movie = await openMovieFile(path, "encoded sound");
  const { file } = movie;
  try {
    const track = movie.tracks.find(({ kind }) => kind === "sound");
    if (track === undefined) throw damage("it has no sound");
    const samples = readSamples(track, movie.sizeBytes);
    const layout: SoundLayout = {
      codec: "aac",
      sampleRate: options.sampleRate,
      lengthSamples: options.lengthSamples,
      primingSamples: Math.max(0, track.editStart),
      packetSamples: samples.durations[0] ?? 1024,
      packetCount: samples.count,
      entry: track.sampleEntry,
      groupBoxes: track.groupBoxes.map(({ type, body }) => makeBox(type, body)),
      decoderConfig: findDecoderConfig(track.sampleEntry),
    };
    let next = 0;
    return {
      layout,
      takeUntil: async (endSeconds) => {
        const firstPacket = next;
        const end = packetsBefore(layout, endSeconds);
        const count = Math.max(0, end - next);
        next += count;
        const sizes = samples.sizes.subarray(firstPacket, firstPacket + count);
        const bytes = await readPackets(file, { path, samples, firstPacket, count });
        return { firstPacket, count, bytes, sizes };
      },
      close: async () => {
        file.close();
        await Deno.remove(path);
      },
    };
  } catch (error) {
    file.close();
    throw toRejection(error, `encoded sound ${path}`);
  }
}

/** Number of packets that begin before a moment of what is heard. */
function packetsBefore(layout: SoundLayout, endSeconds: number): number {
  const samples = endSeconds * layout.sampleRate + layout.primingSamples;
  return Math.min(layout.packetCount, Math.ceil(samples / layout.packetSamples));
}

async function readPackets(
  file: Deno.FsFile,
  wanted: {
    readonly path: string;
    readonly samples: SampleTable;
    readonly firstPacket: number;
    readonly count: number;
  },
): Promise<Uint8Array> {
  const { samples, firstPacket, count } = wanted;
  const pieces: Uint8Array[] = [];
  for (let packet = firstPacket; packet < firstPacket + count;) {
    const offset = samples.offsets[packet] ?? 0;
    let sizeBytes = 0;
    // Packets that lie one behind the other are read at once.
    while (packet < firstPacket + count && samples.offsets[packet] === offset + sizeBytes) {
      sizeBytes += samples.sizes[packet] ?? 0;
      packet++;
    }
    const bytes = new Uint8Array(sizeBytes);
    await readPiece(file, { path: wanted.path, offset, bytes });
    pieces.push(bytes);
  }
  return concatBytes(pieces);
}

async function encode(
  options: SoundTrackOptions,
  target: { readonly path: string; readonly bitRate: number; readonly format: string },
): Promise<void> {
  const raw = ["-f", "s16le", "-ar", String(options.sampleRate), "-ac", "2"];
  const outcome = await options.processes.run({
    program: options.programs.ffmpeg,
    args: [
      ...["-nostdin", "-hide_banner", "-v", "error", "-y"],
      ...ffmpegInput(options.pcmPath, raw),
      ...["-c:a", "aac", "-b:a", String(target.bitRate), "-f", target.format],
      ffmpegFile(target.path),
    ],
    timeoutMs: ENCODE_TIMEOUT_MS,
    signal: options.signal,
  });
  if (outcome.endedBy === "exit" && outcome.code === 0) return;
  if (outcome.endedBy === "signal") {
    throw new DomainError("cancelled", "Cannot encode the sound: it was stopped");
  }
  const isDiskFull = outcome.stderrTail.includes("No space left on device");
  throw new DomainError(isDiskFull ? "disk_full" : "merge_failed", "Cannot encode the sound", {
    hint: isDiskFull ? "Free space on that disk" : "Check that ffmpeg has the encoder aac",
    details: { stderr: outcome.stderrTail },
  });
}

/**
 * The decoder's own configuration, out of the descriptors of an AAC sample entry.
 *
 * @see Source: ISO/IEC 14496-1, 7.2.6: descriptors 3 (stream), 4 (decoder), 5 (its configuration).
 */
function findDecoderConfig(entry: Uint8Array): Uint8Array {
  const version = (entry[16] ?? 0) << 8 | (entry[17] ?? 0);
  const boxes = entry.subarray(version === 1 ? 52 : 36);
  const wave = readBoxes(boxes).find((box) => box.type === "wave");
  const esds = getBody(wave?.body ?? boxes, "esds");
  const stream = findDescriptor(esds.subarray(4), 3).subarray(3);
  return findDescriptor(findDescriptor(stream, 4).subarray(13), 5).slice();
}

function findDescriptor(bytes: Uint8Array, tag: number): Uint8Array {
  for (let offset = 0; offset < bytes.length;) {
    const found = bytes[offset++];
    let sizeBytes = 0;
    for (let more = true; more && offset < bytes.length; offset++) {
      sizeBytes = sizeBytes * 128 + ((bytes[offset] ?? 0) & 127);
      more = (bytes[offset] ?? 0) > 127;
    }
    if (found === tag) return bytes.subarray(offset, offset + sizeBytes);
    offset += sizeBytes;
  }
  throw damage(`its sound has no descriptor ${tag}`);
}

async function openForReading(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true });
  } catch (error) {
    throw toFileError(error, `Cannot read ${path}`);
  }
}

async function readPiece(
  file: Deno.FsFile,
  piece: { readonly path: string; readonly offset: number; readonly bytes: Uint8Array },
): Promise<void> {
  try {
    await readExactly(file, piece.offset, piece.bytes);
  } catch (error) {
    throw toFileError(error, `Cannot read ${piece.path}`);
  }
}
