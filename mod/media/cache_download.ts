import { createHash, type Hash } from "node:crypto";
import { DomainError, toFileError } from "../core/mod.ts";

/**
 * Brings bytes of a file, in order.
 *
 * @param fileId What the caller calls the file.
 * @param startByte First byte wanted, from 0.
 * @param endByte The byte after the last one wanted.
 * @param signal Ends the transfer.
 */
export type FetchRange = (
  fileId: string,
  startByte: number,
  endByte: number,
  signal: AbortSignal,
) => Promise<ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>>;

/** Bytes that are collected before they are written or hashed: fewer, larger calls. */
const BLOCK_BYTES = 1024 * 1024;

/** What is fetched. */
export interface DownloadContent {
  readonly fileId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly name: string;
}

/** Where a download goes and how it is watched. */
export interface DownloadTarget {
  readonly partialPath: string;
  readonly finalPath: string;
  readonly fetchRange: FetchRange;
  readonly signal: AbortSignal;
  readonly onProgress: (bytesDone: number) => void;
}

/**
 * Fetches a file to disk, going on where an earlier try stopped, and gives it its final name once
 * its SHA-256 is right. Memory does not grow with its size.
 *
 * @throws {DomainError} `media_missing` if what came, all of it from this try, is not the content;
 * `disk_full`, `io_failed`; whatever `fetchRange` throws.
 */
export async function downloadContent(
  content: DownloadContent,
  target: DownloadTarget,
): Promise<void> {
  if (await fetchRest(content, target) === "wrong") {
    // The bytes of the earlier try may be of another version, or a power failure spoilt them.
    await fetchRest(content, target);
  }
  target.signal.throwIfAborted();
  await onDisk(Deno.rename(target.partialPath, target.finalPath), target.finalPath);
}

function wrongContent(content: DownloadContent): DomainError {
  return new DomainError(
    "media_missing",
    `Cannot fetch ${content.name}: its content is not what was submitted`,
    { hint: "The file has changed since: submit the project again" },
  );
}

/** One try. `wrong`: some of the bytes were old; they are gone now and another try may help. */
async function fetchRest(
  content: DownloadContent,
  target: DownloadTarget,
): Promise<"right" | "wrong"> {
  using file = await onDisk(
    Deno.open(target.partialPath, { read: true, write: true, create: true, mode: 0o600 }),
    target.partialPath,
  );
  const hash = createHash("sha256");
  const oldBytes = await hashOld(file, hash, content.sizeBytes);
  const writer = new BlockWriter(file, hash, { startByte: oldBytes, ...target });
  if (oldBytes < content.sizeBytes) {
    try {
      const bytes = await target.fetchRange(
        content.fileId,
        oldBytes,
        content.sizeBytes,
        target.signal,
      );
      for await (const piece of bytes) {
        target.signal.throwIfAborted();
        await writer.add(piece);
        if (writer.endByte > content.sizeBytes) break;
      }
    } finally {
      // Also what came before a broken transfer: the next try need not fetch it again.
      await writer.flush();
    }
  }
  target.signal.throwIfAborted();
  if (writer.endByte < content.sizeBytes) {
    throw new DomainError(
      "io_failed",
      `Cannot fetch ${content.name}: the transfer ended after ${writer.endByte} of ` +
        `${content.sizeBytes} bytes`,
    );
  }
  if (writer.endByte === content.sizeBytes && hash.digest("hex") === content.sha256) {
    // The name must not reach the disk before the bytes do.
    await onDisk(file.syncData(), target.partialPath);
    return "right";
  }
  await onDisk(file.truncate(0), target.partialPath);
  if (oldBytes === 0) throw wrongContent(content);
  return "wrong";
}

/** Hashes what an earlier try left; a file that is too long counts as nothing. */
async function hashOld(file: Deno.FsFile, hash: Hash, sizeBytes: number): Promise<number> {
  const oldBytes = (await file.stat()).size;
  if (oldBytes > sizeBytes) {
    await file.truncate(0);
    return 0;
  }
  const buffer = new Uint8Array(BLOCK_BYTES);
  for (let done = 0; done < oldBytes;) {
    const length = await file.read(buffer);
    if (length === null) return done;
    hash.update(buffer.subarray(0, length));
    done += length;
  }
  return oldBytes;
}

/** Gathers small pieces into blocks, hashes and writes them. */
class BlockWriter {
  readonly #file: Deno.FsFile;
  readonly #hash: Hash;
  readonly #target: DownloadTarget;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #filledBytes = 0;
  #writtenBytes: number;

  constructor(
    file: Deno.FsFile,
    hash: Hash,
    target: DownloadTarget & { readonly startByte: number },
  ) {
    this.#file = file;
    this.#hash = hash;
    this.#target = target;
    this.#writtenBytes = target.startByte;
  }

  /** Where the next byte will lie in the file. */
  get endByte(): number {
    return this.#writtenBytes + this.#filledBytes;
  }

  async add(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      const piece = bytes.subarray(offset, offset + BLOCK_BYTES - this.#filledBytes);
      this.#block.set(piece, this.#filledBytes);
      this.#filledBytes += piece.length;
      offset += piece.length;
      if (this.#filledBytes === BLOCK_BYTES) await this.flush();
    }
  }

  async flush(): Promise<void> {
    const block = this.#block.subarray(0, this.#filledBytes);
    this.#hash.update(block);
    for (let offset = 0; offset < block.length;) {
      offset += await onDisk(this.#file.write(block.subarray(offset)), this.#target.partialPath);
    }
    this.#writtenBytes += block.length;
    this.#filledBytes = 0;
    this.#target.onProgress(this.#writtenBytes);
  }
}

async function onDisk<T>(work: Promise<T>, path: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toFileError(error, `Cannot write ${path}`);
  }
}
