import {
  DomainError,
  frameCount,
  type FrameRange,
  invariant,
  type RenderPlan,
  toFileError,
} from "../../core/mod.ts";
import type { ProcessRunner, Programs } from "../../process/mod.ts";
import type { FilmContainer, Preset } from "../presets.ts";
import { checkFilm, type FilmReport } from "./check_film.ts";
import { createFilmFile, type FilmFile } from "./film_file.ts";
import type { FilmLayout, FilmWriter } from "./film_writer.ts";
import { MatroskaWriter } from "./matroska_writer.ts";
import { toRejection } from "./movie_file.ts";
import { Mp4Writer } from "./mp4_writer.ts";
import { openPartFile, otherSettings, type PartFile } from "./part_file.ts";
import { openSoundTrack, type SoundTrack } from "./sound_track.ts";

/** Bytes of pictures that are held at a time, unless one frame alone is larger. */
const STRETCH_BYTES_MAX = 8 * 1024 * 1024;

/** What a film is made of. */
export interface OpenFilmOptions {
  /** Size, rate and lengths of the film. */
  readonly plan: Pick<RenderPlan, "width" | "height" | "fps" | "lengthFrames"> & {
    readonly audio: Pick<RenderPlan["audio"], "sampleRate" | "lengthSamples">;
  };
  /** How the parts are encoded. */
  readonly preset: Preset;
  /** File format; see `filmContainer`. */
  readonly container: FilmContainer;
  /** The mixed sound: 16-bit stereo without a header. */
  readonly audio: { readonly pcmPath: string };
  /** Where the film is written. Not its final name: it is incomplete until `finish` is done. */
  readonly outPath: string;
  /** Folder for the encoded sound. */
  readonly workDir: string;
  /** Where ffmpeg and ffprobe are. */
  readonly programs: Pick<Programs, "ffmpeg" | "ffprobe">;
  /** Runs them. */
  readonly processes: ProcessRunner;
  /** Ends the join; {@linkcode FilmJoiner.abort} must still be called. */
  readonly signal?: AbortSignal;
}

/** A film that grows part by part. */
export interface FilmJoiner {
  /**
   * Adds the part that is next on the timeline. One call at a time.
   *
   * The tables of the part are checked before anything is written: after `result_rejected` another
   * part of the same range can be added instead.
   *
   * @param partPath Video part, as the preset makes it.
   * @param range Its frames; begins where the last part ended.
   * @throws {DomainError} `result_rejected` if it is not what it must be; `merge_failed` if the
   * sound cannot be encoded; `disk_full`, `io_failed`, `cancelled`.
   */
  append(partPath: string, range: FrameRange): Promise<void>;
  /**
   * Writes the tables, waits for the disk and checks the film.
   *
   * @throws {DomainError} `merge_failed` if frames are missing or the film is not right;
   * `disk_full`, `io_failed`, `cancelled`.
   */
  finish(): Promise<FilmReport>;
  /** Ends without a film and removes what was written; after `finish` it does nothing. */
  abort(): Promise<void>;
}

/**
 * Opens a film and starts to encode its sound. Parts are added while later ones are still rendered;
 * every byte of theirs is copied once and no frame is encoded again. Frame n is at n / fps exactly,
 * wherever the seams are, and the sound starts with the pictures.
 *
 * @throws {DomainError} `disk_full`, `io_failed` if the file cannot be made.
 */
export async function openFilm(options: OpenFilmOptions): Promise<FilmJoiner> {
  return new Joiner(options, await createFilmFile(options.outPath));
}

class Joiner implements FilmJoiner {
  readonly #options: OpenFilmOptions;
  readonly #film: FilmFile;
  readonly #stop = new AbortController();
  readonly #sound: Promise<SoundTrack>;
  #writer: FilmWriter | undefined;
  #entry: Uint8Array | undefined;
  #nextFrame = 0;
  #delayFrames = 0;
  #state: "open" | "broken" | "closed" = "open";

  constructor(options: OpenFilmOptions, film: FilmFile) {
    this.#options = options;
    this.#film = film;
    this.#sound = openSoundTrack({
      ...options.plan.audio,
      pcmPath: options.audio.pcmPath,
      format: options.preset.sound,
      container: options.container,
      workDir: options.workDir,
      processes: options.processes,
      programs: options.programs,
      signal: AbortSignal.any([this.#stop.signal, ...(options.signal ? [options.signal] : [])]),
    });
    // Whoever appends next learns of a failure.
    this.#sound.catch(() => undefined);
  }

  async append(partPath: string, range: FrameRange): Promise<void> {
    this.#assertOpen();
    if (range.startFrame !== this.#nextFrame || frameCount(range) === 0) {
      throw new RangeError(
        `Cannot append [${range.startFrame}, ${range.endFrame}): next frame is ${this.#nextFrame}`,
      );
    }
    const { plan, preset } = this.#options;
    const part = await openPartFile(partPath, { ...plan, range, preset });
    try {
      this.#entry ??= part.entry;
      if (!isSame(this.#entry, part.entry)) throw otherSettings(partPath);
      const sound = await this.#sound;
      this.#assertOpen();
      this.#state = "broken";
      await this.#copy(part, sound);
      this.#state = "open";
      this.#film.startFlush();
    } catch (error) {
      throw toRejection(error, `part ${partPath}`);
    } finally {
      part.close();
    }
  }

  async finish(): Promise<FilmReport> {
    this.#assertOpen();
    const { lengthFrames } = this.#options.plan;
    if (this.#nextFrame !== lengthFrames || this.#writer === undefined) {
      throw new DomainError(
        "merge_failed",
        `Cannot finish the film: it has ${this.#nextFrame} frames, must have ${lengthFrames}`,
      );
    }
    this.#state = "broken";
    await this.#writer.finish(this.#delayFrames);
    await this.#film.flush();
    const report = await checkFilm({ ...this.#options, path: this.#options.outPath });
    await this.#close();
    return report;
  }

  async abort(): Promise<void> {
    if (this.#state === "closed") return;
    await this.#close();
    await Deno.remove(this.#options.outPath).catch((error: unknown) => {
      if (error instanceof Deno.errors.NotFound) return;
      throw toFileError(error, `Cannot remove ${this.#options.outPath}`);
    });
  }

  async #close(): Promise<void> {
    this.#state = "closed";
    this.#stop.abort();
    const sound = await this.#sound.catch(() => undefined);
    await sound?.close();
    await this.#film.close();
  }

  #assertOpen(): void {
    if (this.#options.signal?.aborted || this.#state === "closed") {
      throw new DomainError("cancelled", "Cannot join the film: it was stopped");
    }
    if (this.#state === "broken") {
      throw new DomainError("merge_failed", "Cannot go on with the film: an earlier step failed");
    }
  }

  async #copy(part: PartFile, sound: SoundTrack): Promise<void> {
    const writer = await this.#begin(sound);
    const { fps, lengthFrames } = this.#options.plan;
    const { samples, order } = part;
    const firstFrame = this.#nextFrame;
    this.#delayFrames = Math.max(this.#delayFrames, order.delayFrames, leadOf(order.ranks));
    for (let first = 0; first < samples.count;) {
      this.#throwIfStopped();
      const count = stretchLength(part, { first, framesMax: Math.ceil(fps.num / fps.den) });
      const bytes = await part.read(first, count);
      this.#nextFrame = firstFrame + first + count;
      const isLast = this.#nextFrame === lengthFrames;
      const end = first + count;
      await writer.add({
        video: {
          bytes,
          sizes: samples.sizes.subarray(first, end),
          ranks: order.ranks.slice(first, end).map((rank) => firstFrame + rank),
          isSync: samples.isSync.subarray(first, end),
        },
        sound: await sound.takeUntil(isLast ? Infinity : this.#nextFrame * fps.den / fps.num),
      });
      first = end;
    }
  }

  async #begin(sound: SoundTrack): Promise<FilmWriter> {
    if (this.#writer !== undefined) return this.#writer;
    const { plan, preset, container } = this.#options;
    invariant(this.#entry !== undefined, "The first part is open when the film begins");
    const layout: FilmLayout = {
      ...plan,
      isIntraOnly: preset.picture.isIntraOnly,
      videoEntry: this.#entry,
      sound: sound.layout,
    };
    this.#writer = container === "matroska"
      ? new MatroskaWriter(this.#film, layout)
      : new Mp4Writer(this.#film, { ...layout, isMov: container === "mov" });
    await this.#writer.begin();
    return this.#writer;
  }

  #throwIfStopped(): void {
    if (this.#options.signal?.aborted || this.#stop.signal.aborted) {
      throw new DomainError("cancelled", "Cannot join the film: it was stopped");
    }
  }
}

/** Frames of a part that are copied at once: about a second, and not too many bytes. */
function stretchLength(
  part: PartFile,
  from: { readonly first: number; readonly framesMax: number },
): number {
  const { count, sizes } = part.samples;
  let end = from.first + 1;
  let sizeBytes = sizes[from.first] ?? 0;
  while (end < Math.min(count, from.first + from.framesMax)) {
    sizeBytes += sizes[end] ?? 0;
    if (sizeBytes > STRETCH_BYTES_MAX) break;
    end++;
  }
  return end - from.first;
}

/** Frames by which the decoder must run ahead, so that none is shown before it is decoded. */
function leadOf(ranks: Int32Array): number {
  return ranks.reduce((lead, rank, index) => Math.max(lead, index - rank), 0);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
