import { createHash } from "node:crypto";
import { toFileError } from "../core/mod.ts";

/** Bytes that are read at a time. Larger pieces measured no faster. */
const READ_BYTES = 1024 * 1024;

/** What identifies the content of a file. */
export interface FileHash {
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Bytes that were hashed. */
  readonly sizeBytes: number;
}

/**
 * Hashes a file as it is read: memory does not grow with its size.
 *
 * @param path Path of the file.
 * @param signal Ends the work early; the promise then rejects with the signal's reason.
 * @returns SHA-256 and number of bytes.
 * @throws {DomainError} `io_failed` if the file cannot be read.
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<FileHash> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  try {
    using file = await Deno.open(path, { read: true });
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      signal?.throwIfAborted();
      const length = await file.read(buffer);
      if (length === null) break;
      hash.update(buffer.subarray(0, length));
      sizeBytes += length;
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw toFileError(error, `Cannot read ${path}`);
  }
  return { sha256: hash.digest("hex"), sizeBytes };
}
