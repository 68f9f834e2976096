import { type Clock, invariant } from "../core/mod.ts";
import { type CacheFolder, openCacheFolder } from "./cache_folder.ts";
import { downloadContent, type FetchRange } from "./cache_download.ts";

export type { FetchRange } from "./cache_download.ts";

/** What a cache is made of. */
export interface MediaCacheOptions {
  /** Folder of the cache, for this process alone; made if it is not there. */
  readonly folder: string;
  /** Most bytes of all its files together, complete or not. */
  readonly sizeBytesMax: number;
  /** Brings the bytes of a file. */
  readonly fetchRange: FetchRange;
  /** Tells when a file was used last. */
  readonly clock: Clock;
}

/** A file that is wanted. */
export interface WantedContent {
  /** What {@linkcode FetchRange} calls it. */
  readonly fileId: string;
  /** SHA-256 of the content, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Its exact size, bytes, 0 or more. */
  readonly sizeBytes: number;
  /** Name of the file, for its extension and for messages; some programs go by it. */
  readonly name: string;
}

/** How a file is waited for. */
export interface AcquireOptions {
  /** Ends the wait; the download goes on only if someone else waits for it. */
  readonly signal?: AbortSignal;
  /** Called with the bytes that are there, 0 to `sizeBytes`. */
  readonly onProgress?: (bytesDone: number) => void;
}

/** A complete, verified file that stays until it is released. */
export interface CachedFile {
  /** Absolute path. Read only. */
  readonly path: string;
  /** Lets the cache remove the file when it needs room. Calling it again does nothing. */
  release(): void;
}

interface Download {
  readonly finished: Promise<void>;
  readonly abort: AbortController;
  readonly listeners: Set<(bytesDone: number) => void>;
  waiterCount: number;
}

/**
 * Copies of media files on a worker, by content. The same content is fetched once, however many ask
 * for it; the least recently used file goes first when room is needed; a file in use never goes.
 *
 * What is on disk under its final name is complete and had the right SHA-256 when it was put there.
 * What a crash interrupted goes on where it stopped.
 */
export class MediaCache {
  readonly #options: MediaCacheOptions;
  readonly #folder: CacheFolder;
  readonly #downloads = new Map<string, Download>();

  /** Made by {@linkcode openMediaCache}. */
  constructor(options: MediaCacheOptions, folder: CacheFolder) {
    this.#options = options;
    this.#folder = folder;
  }

  /** Bytes of all files, with the room reserved for downloads that run. */
  get sizeBytes(): number {
    return this.#folder.sizeBytes;
  }

  /**
   * Brings a file, or takes the copy that is there, and keeps it until it is released.
   *
   * @param content What is wanted.
   * @param options Signal and progress.
   * @returns The file.
   * @throws {DomainError} `disk_full` if there is no room; `media_missing` if the bytes that came
   * are not the content; whatever `fetchRange` throws. Rejects with the signal's reason.
   */
  async acquire(content: WantedContent, options: AcquireOptions = {}): Promise<CachedFile> {
    invariant(/^[0-9a-f]{64}$/.test(content.sha256), "A SHA-256 has 64 hexadecimal digits");
    const key = content.sha256 + extensionOf(content.name);
    options.signal?.throwIfAborted();
    // Pinned before anything is awaited: nothing can take it away between the look and the use.
    this.#folder.pin(key);
    try {
      if (!(await this.#folder.hasComplete(key, content.sizeBytes))) {
        // Whoever has left meanwhile must not start a transfer only to break it off.
        options.signal?.throwIfAborted();
        await this.#join(key, content, options);
      }
      await this.#folder.markUsed(key);
    } catch (error) {
      this.#folder.unpin(key);
      throw error;
    }
    let isReleased = false;
    return {
      path: this.#folder.pathOf(key),
      release: () => {
        if (!isReleased) this.#folder.unpin(key);
        isReleased = true;
      },
    };
  }

  /** Stops all downloads, keeping what they brought, and frees the folder for another process. */
  async close(): Promise<void> {
    const running = [...this.#downloads.values()];
    for (const download of running) download.abort.abort();
    await Promise.allSettled(running.map((download) => download.finished));
    this.#folder.close();
  }

  async #join(key: string, content: WantedContent, options: AcquireOptions): Promise<void> {
    let running = this.#downloads.get(key);
    while (running?.abort.signal.aborted) {
      // Its last waiter went away: it is about to stop, and must not take this one with it.
      await running.finished.catch(() => undefined);
      running = this.#downloads.get(key);
    }
    const download = running ?? this.#start(key, content);
    download.waiterCount++;
    if (options.onProgress !== undefined) download.listeners.add(options.onProgress);
    try {
      await untilAborted(download.finished, options.signal);
    } finally {
      download.waiterCount--;
      if (options.onProgress !== undefined) download.listeners.delete(options.onProgress);
      if (download.waiterCount === 0) download.abort.abort();
    }
  }

  #start(key: string, content: WantedContent): Download {
    const abort = new AbortController();
    const listeners = new Set<(bytesDone: number) => void>();
    const finished = this.#download(key, content, {
      signal: abort.signal,
      onProgress: (bytesDone) => {
        for (const listener of listeners) listener(bytesDone);
      },
    }).finally(() => this.#downloads.delete(key));
    // Every waiter has its own copy of the outcome; with none left, nobody needs it.
    finished.catch(() => undefined);
    const download: Download = { finished, abort, listeners, waiterCount: 0 };
    this.#downloads.set(key, download);
    return download;
  }

  async #download(
    key: string,
    content: WantedContent,
    watch: { readonly signal: AbortSignal; readonly onProgress: (bytesDone: number) => void },
  ): Promise<void> {
    await this.#folder.reserve(key, content);
    try {
      await downloadContent(content, {
        partialPath: this.#folder.partialPathOf(key),
        finalPath: this.#folder.pathOf(key),
        fetchRange: this.#options.fetchRange,
        ...watch,
      });
    } finally {
      await this.#folder.settle(key);
    }
  }
}

/**
 * Opens a cache and learns what is in it.
 *
 * @param options Folder, limit and source of bytes.
 * @throws {DomainError} `config_invalid` if another process uses the folder; `io_failed` if it
 * cannot be used.
 */
export async function openMediaCache(options: MediaCacheOptions): Promise<MediaCache> {
  return new MediaCache(options, await openCacheFolder(options));
}

/** Extension with its dot, lower case, or nothing where it is not a plain one. */
function extensionOf(name: string): string {
  return /\.[a-z0-9]{1,8}$/.exec(name.toLowerCase())?.[0] ?? "";
}

/** The outcome of a promise, or the signal's reason if that comes first. */
async function untilAborted(promise: Promise<void>, signal?: AbortSignal): Promise<void> {
  if (signal === undefined) return await promise;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
