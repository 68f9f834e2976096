import type { ReadTx, WriteTx } from "../db/mod.ts";

/** What tells that a file is still the one that was read. */
export interface FileStamp {
  /** Canonical path. */
  readonly path: string;
  /** Size, bytes. */
  readonly sizeBytes: number;
  /** Last change, whole milliseconds. */
  readonly mtimeMs: number;
  /** Number within its file system; 0 where there is none. */
  readonly inode: number;
}

const FIND = `
  SELECT sha256 FROM media_hash
  WHERE path = :path AND size_bytes = :sizeBytes AND mtime_ms = :mtimeMs AND inode = :inode`;

/** Checksum of a file that has not changed since it was read, `undefined` if it has or never was. */
export async function findMediaHash(tx: ReadTx, stamp: FileStamp): Promise<string | undefined> {
  return (await tx.find<{ sha256: string }>(FIND, { ...stamp }))?.sha256;
}

const SAVE = `
  INSERT INTO media_hash (path, size_bytes, mtime_ms, inode, sha256, used_at_ms)
  VALUES (:path, :sizeBytes, :mtimeMs, :inode, :sha256, :nowMs)
  ON CONFLICT (path) DO UPDATE SET size_bytes = excluded.size_bytes, mtime_ms = excluded.mtime_ms,
    inode = excluded.inode, sha256 = excluded.sha256, used_at_ms = excluded.used_at_ms`;

/** Keeps the checksum of a file. */
export async function saveMediaHash(
  tx: WriteTx,
  entry: { readonly stamp: FileStamp; readonly sha256: string; readonly nowMs: number },
): Promise<void> {
  await tx.run(SAVE, { ...entry.stamp, sha256: entry.sha256, nowMs: entry.nowMs });
}
