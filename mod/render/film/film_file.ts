import { toFileError } from "../../core/mod.ts";

/** A file that is written from its beginning to its end, and corrected in a few places. */
export class FilmFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #flusher: Deno.FsFile;
  #position = 0;
  #flushing: Promise<void> | undefined;

  /** Made by {@linkcode createFilmFile}. */
  constructor(
    path: string,
    files: { readonly file: Deno.FsFile; readonly flusher: Deno.FsFile },
  ) {
    this.path = path;
    this.#file = files.file;
    this.#flusher = files.flusher;
  }

  /** Place of the next byte. */
  get position(): number {
    return this.#position;
  }

  /** Appends bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#guard(this.#writeAll(bytes));
    this.#position += bytes.length;
  }

  /** Overwrites bytes at a place before {@linkcode position}. */
  async patch(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#guard(this.#file.seek(offset, Deno.SeekMode.Start));
    await this.#guard(this.#writeAll(bytes));
    await this.#guard(this.#file.seek(this.#position, Deno.SeekMode.Start));
  }

  /**
   * Lets the disk begin with what has been written, without waiting: the last wait is short then.
   * It has a handle of its own, because calls on one handle wait for each other.
   */
  startFlush(): void {
    if (this.#flushing !== undefined) return;
    this.#flushing = this.#flusher.syncData().then(
      () => this.#flushing = undefined,
      // The flush at the end meets the same failure and reports it.
      () => this.#flushing = undefined,
    );
  }

  /** Waits until everything is on the disk. */
  async flush(): Promise<void> {
    await this.#flushing;
    await this.#guard(this.#file.sync());
  }

  /** Closes the file, finished or not. */
  async close(): Promise<void> {
    await this.#flushing;
    this.#file.close();
    this.#flusher.close();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += await this.#file.write(bytes.subarray(done));
    }
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw toFileError(error, `Cannot write ${this.path}`);
    }
  }
}

/**
 * Makes the file, empty, over whatever is there.
 *
 * @throws {DomainError} `disk_full`, `io_failed`.
 */
export async function createFilmFile(path: string): Promise<FilmFile> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { write: true, create: true, truncate: true });
    const flusher = await Deno.open(path, { write: true });
    return new FilmFile(path, { file, flusher });
  } catch (error) {
    file?.close();
    throw toFileError(error, `Cannot write ${path}`);
  }
}
