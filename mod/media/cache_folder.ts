import { type Clock, DomainError, toFileError } from "../core/mod.ts";
import { join } from "@std/path";

const FILE_NAME = /^[0-9a-f]{64}(?:\.[a-z0-9]{1,8})?$/;
const PARTIAL_SUFFIX = ".partial";

interface Entry {
  /** Bytes on disk, or reserved while a download runs. */
  sizeBytes: number;
  usedAtMs: number;
}

/** Where a cache lies and how large it may grow. */
export interface CacheFolderOptions {
  readonly folder: string;
  /** Most bytes of all its files together. */
  readonly sizeBytesMax: number;
  readonly clock: Clock;
}

/**
 * Makes the folder if need be, takes it for this process and lists it.
 *
 * @throws {DomainError} `config_invalid` if another process has it, `io_failed` or `disk_full`.
 */
export async function openCacheFolder(options: CacheFolderOptions): Promise<CacheFolder> {
  let lock: Deno.FsFile | undefined;
  try {
    await Deno.mkdir(options.folder, { recursive: true, mode: 0o700 });
    lock = await Deno.open(join(options.folder, ".lock"), { create: true, write: true });
    if (!(await lock.tryLock(true))) {
      throw new DomainError(
        "config_invalid",
        `Cannot use the media cache ${options.folder}: another process is using it`,
        { hint: "Give each worker a cache folder of its own" },
      );
    }
    const folder = new CacheFolder(options, lock);
    await folder.list();
    return folder;
  } catch (error) {
    lock?.close();
    throw toFileError(error, `Cannot use the media cache ${options.folder}`);
  }
}

/**
 * The files of a cache and their order of use. The modification time of a file is the time of its
 * last use, so the order outlives the process without an index that could be wrong.
 */
export class CacheFolder {
  readonly #path: string;
  readonly #sizeBytesMax: number;
  readonly #clock: Clock;
  readonly #lock: Deno.FsFile;
  readonly #entries = new Map<string, Entry>();
  readonly #pinCounts = new Map<string, number>();

  /** Made by {@linkcode openCacheFolder}. */
  constructor(options: CacheFolderOptions, lock: Deno.FsFile) {
    this.#path = options.folder;
    this.#sizeBytesMax = options.sizeBytesMax;
    this.#clock = options.clock;
    this.#lock = lock;
  }

  /** Learns what is there. */
  async list(): Promise<void> {
    for await (const { name, isFile } of Deno.readDir(this.#path)) {
      const isPartial = name.endsWith(PARTIAL_SUFFIX);
      const key = isPartial ? name.slice(0, -PARTIAL_SUFFIX.length) : name;
      if (!isFile || !FILE_NAME.test(key)) continue;
      const { size, mtime } = await Deno.stat(join(this.#path, name));
      const known = this.#entries.get(key);
      const usedAtMs = Math.max(mtime?.getTime() ?? 0, known?.usedAtMs ?? 0);
      this.#entries.set(key, { sizeBytes: size + (known?.sizeBytes ?? 0), usedAtMs });
    }
  }

  /** Bytes of all entries. */
  get sizeBytes(): number {
    let sum = 0;
    for (const entry of this.#entries.values()) sum += entry.sizeBytes;
    return sum;
  }

  /** Where a complete file lies. */
  pathOf(key: string): string {
    return join(this.#path, key);
  }

  /** Where a file grows. */
  partialPathOf(key: string): string {
    return this.pathOf(key) + PARTIAL_SUFFIX;
  }

  /** Keeps an entry, present or to come, from being removed. */
  pin(key: string): void {
    this.#pinCounts.set(key, (this.#pinCounts.get(key) ?? 0) + 1);
  }

  /** Takes one {@linkcode pin} back. */
  unpin(key: string): void {
    const count = (this.#pinCounts.get(key) ?? 0) - 1;
    if (count > 0) this.#pinCounts.set(key, count);
    else this.#pinCounts.delete(key);
  }

  /** Whether the complete file is there in its right size; one of another size is removed. */
  async hasComplete(key: string, sizeBytes: number): Promise<boolean> {
    const found = await sizeOf(this.pathOf(key));
    if (found === sizeBytes) return true;
    if (found !== undefined) await this.#remove(key);
    return false;
  }

  /** Puts an entry at the end of the order of removal. */
  async markUsed(key: string): Promise<void> {
    const usedAtMs = this.#clock.nowMs();
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.usedAtMs = usedAtMs;
    // Best effort: a lost time costs a fetch some day, nothing else.
    await Deno.utime(this.pathOf(key), new Date(usedAtMs), new Date(usedAtMs)).catch(() => {});
  }

  /**
   * Makes room for a download by removing what was used least recently.
   *
   * @param key Entry that will grow to `sizeBytes`.
   * @param content Its final size, and its name for the message.
   * @throws {DomainError} `disk_full` if files in use leave too little room.
   */
  async reserve(
    key: string,
    content: { readonly name: string; readonly sizeBytes: number },
  ): Promise<void> {
    // Reserved before anything is awaited, so that two downloads never count on the same room.
    this.#entries.set(key, { sizeBytes: content.sizeBytes, usedAtMs: this.#clock.nowMs() });
    while (this.sizeBytes > this.#sizeBytesMax) {
      const oldest = this.#leastRecentlyUsed();
      if (oldest === undefined) {
        await this.settle(key);
        throw new DomainError(
          "disk_full",
          `Cannot keep ${content.name} (${content.sizeBytes} bytes) in the media cache: ` +
            `the limit is ${this.#sizeBytesMax} bytes and files in use cannot go`,
          { hint: "Give the worker a larger media cache" },
        );
      }
      await this.#remove(oldest);
    }
  }

  /** Replaces the reservation of a download that has ended by what is really there. */
  async settle(key: string): Promise<void> {
    const sizeBytes = await sizeOf(this.pathOf(key)) ?? await sizeOf(this.partialPathOf(key));
    const entry = this.#entries.get(key);
    if (sizeBytes === undefined) this.#entries.delete(key);
    else if (entry !== undefined) entry.sizeBytes = sizeBytes;
  }

  /** Lets another process have the folder. */
  close(): void {
    this.#lock.close();
  }

  #leastRecentlyUsed(): string | undefined {
    let oldest: string | undefined;
    let oldestMs = Infinity;
    for (const [key, entry] of this.#entries) {
      if (this.#pinCounts.has(key) || entry.usedAtMs >= oldestMs) continue;
      oldest = key;
      oldestMs = entry.usedAtMs;
    }
    return oldest;
  }

  async #remove(key: string): Promise<void> {
    this.#entries.delete(key);
    for (const path of [this.pathOf(key), this.partialPathOf(key)]) {
      try {
        await Deno.remove(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) continue;
        throw toFileError(error, `Cannot remove ${path} from the media cache`);
      }
    }
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw toFileError(error, `Cannot look at ${path}`);
  }
}
