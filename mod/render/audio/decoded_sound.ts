import type { AudioMediaSource } from "../../core/mod.ts";

/** Bytes of one sample of both channels. */
export const PAIR_BYTES = 4;

/** A sound stream decoded to a file of 16-bit stereo samples, read at any place. */
export class DecodedSound {
  readonly #file: Deno.FsFile;
  readonly #lengthSamples: number;

  /** Made by {@linkcode openDecodedSound}. */
  constructor(file: Deno.FsFile, lengthSamples: number) {
    this.#file = file;
    this.#lengthSamples = lengthSamples;
  }

  /**
   * Fills a block with what a source plays; what lies before or after the stream is silent.
   *
   * @param source Where the clip's first sample lies in the stream, and which way it goes on.
   * @param clipSample Samples of the clip before the block, 0 or more.
   * @param pcm Receives left and right in turn.
   */
  async read(source: AudioMediaSource, clipSample: number, pcm: Int16Array): Promise<void> {
    const count = pcm.length / 2;
    const start = source.isReversed
      ? source.sourceStartSample - clipSample - count + 1
      : source.sourceStartSample + clipSample;
    const from = Math.min(Math.max(start, 0), this.#lengthSamples);
    const to = Math.min(Math.max(start + count, 0), this.#lengthSamples);
    pcm.fill(0);
    await this.#readPairs(from, pcm.subarray(2 * (from - start), 2 * (to - start)));
    if (source.isReversed) reversePairs(pcm);
  }

  /** Closes the file; the block that is being read fails. */
  close(): void {
    this.#file.close();
  }

  async #readPairs(fromSample: number, pcm: Int16Array): Promise<void> {
    const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    if (bytes.length === 0) return;
    await this.#file.seek(fromSample * PAIR_BYTES, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) {
      const length = await this.#file.read(bytes.subarray(done));
      if (length === null) throw new Deno.errors.UnexpectedEof("Decoded sound became shorter");
      done += length;
    }
  }
}

/** Opens a file of 16-bit stereo samples without a header, as ffmpeg's `s16le` writes it. */
export async function openDecodedSound(path: string): Promise<DecodedSound> {
  const file = await Deno.open(path, { read: true });
  const { size } = await file.stat();
  return new DecodedSound(file, Math.floor(size / PAIR_BYTES));
}

function reversePairs(pcm: Int16Array): void {
  pcm.reverse();
  // The whole is backwards now, the two channels of each pair too.
  for (let i = 0; i < pcm.length; i += 2) {
    const right = pcm[i] ?? 0;
    pcm[i] = pcm[i + 1] ?? 0;
    pcm[i + 1] = right;
  }
}
