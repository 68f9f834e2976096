import { type Clock, DomainError, type RandomBytes } from "../core/mod.ts";
import type { MasterClient } from "../client/mod.ts";
import type { JobFile } from "../wire/mod.ts";
import { MEDIA_FETCHES_AT_ONCE } from "./limits.ts";
import { fetchPatiently } from "./patient_fetch.ts";

/** A complete copy of a file, which stays until it is released. */
export interface HeldFile {
  /** Absolute local path. */
  readonly path: string;
  /** Lets the copy go. */
  release(): void;
}

/** Local copies of media, by content. `mod/media`'s cache is one. */
export interface MediaSource {
  /** Brings a file, or takes the copy that is there. A transfer that broke goes on where it stopped. */
  acquire(
    content: {
      /** `JOB/FILE`, as {@linkcode createFetchRange} reads it. */
      readonly fileId: string;
      readonly sha256: string;
      readonly sizeBytes: number;
      /** For its extension and for messages. */
      readonly name: string;
    },
    options: { readonly signal?: AbortSignal },
  ): Promise<HeldFile>;
}

/**
 * Brings bytes of media files from the master, for a cache.
 *
 * @param master Whom to ask.
 * @returns A function of file id (`JOB/FILE`), first byte, byte after the last one, and signal.
 */
export function createFetchRange(
  master: Pick<MasterClient, "openFileRange">,
): (
  ...range: [fileId: string, start: number, end: number, signal: AbortSignal]
) => Promise<ReadableStream<Uint8Array>> {
  return async (...[contentId, start, end, signal]) => {
    const [jobId = "", fileId = ""] = contentId.split("/");
    return await master.openFileRange({ jobId, fileId, start, end, signal });
  };
}

/** Media of one part, here and pinned. */
export interface PartMedia {
  /** Local paths of a media of the plan, in order. */
  readonly mediaPath: (mediaId: string) => readonly string[];
  /** Lets all of them go. */
  release(): void;
}

/** What {@linkcode fetchPartMedia} needs. */
export interface PartMediaRequest {
  readonly jobId: string;
  /** Files that the part needs. */
  readonly files: readonly JobFile[];
  readonly media: MediaSource;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly signal: AbortSignal;
}

/**
 * Brings all files of a part and pins them.
 *
 * @returns Their paths; to be released after the render.
 * @throws {DomainError} Why one of them could not be had; none is pinned then.
 */
export async function fetchPartMedia(request: PartMediaRequest): Promise<PartMedia> {
  const held = new Map<string, HeldFile[]>();
  const release = (): void => {
    for (const file of [...held.values()].flat()) file.release();
    held.clear();
  };
  const failing = new AbortController();
  const signal = AbortSignal.any([request.signal, failing.signal]);
  const left = [...request.files];
  async function fetchNext(): Promise<void> {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const copy = await acquire(file, { ...request, signal });
      const ofMedia = held.get(file.mediaId) ?? [];
      ofMedia[file.index] = copy;
      held.set(file.mediaId, ofMedia);
    }
  }
  const lanes = Array.from(
    { length: MEDIA_FETCHES_AT_ONCE },
    () =>
      fetchNext().catch((error: unknown) => {
        // The first failure ends all lanes; each must be over before anything is let go.
        failing.abort(error);
        throw error;
      }),
  );
  await Promise.allSettled(lanes);
  try {
    await Promise.all(lanes);
    signal.throwIfAborted();
  } catch (error) {
    release();
    throw failing.signal.reason ?? error;
  }
  return { mediaPath: (mediaId) => pathsOf(held, mediaId), release };
}

function pathsOf(held: ReadonlyMap<string, readonly HeldFile[]>, mediaId: string): string[] {
  const files = held.get(mediaId);
  if (files !== undefined) return files.map((file) => file.path);
  throw new DomainError(
    "media_missing",
    `Cannot find media ${mediaId}: the job names no file of it`,
  );
}

async function acquire(file: JobFile, request: PartMediaRequest): Promise<HeldFile> {
  const { signal } = request;
  return await fetchPatiently(
    () =>
      request.media.acquire({
        fileId: `${request.jobId}/${file.fileId}`,
        sha256: file.sha256,
        sizeBytes: file.sizeBytes,
        name: `${file.fileId}${file.extension}`,
      }, { signal }),
    { clock: request.clock, random: request.random, signal },
  );
}
