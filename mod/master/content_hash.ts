import type { Clock } from "../core/mod.ts";
import type { Db } from "../db/mod.ts";
import { hashFile } from "../media/mod.ts";
import { findMediaHash, saveMediaHash } from "../store/mod.ts";

/**
 * Size and checksum of a media file. A file that has not changed since it was last read, by path,
 * size, time and inode, is not read again.
 *
 * @param path Canonical path.
 * @throws {DomainError} What `hashFile` throws.
 */
export async function hashContent(
  path: string,
  deps: { readonly db: Db; readonly clock: Clock },
): Promise<{ sizeBytes: number; sha256: string }> {
  const info = await Deno.stat(path);
  const stamp = {
    path,
    sizeBytes: info.size,
    mtimeMs: info.mtime?.getTime() ?? 0,
    inode: info.ino ?? 0,
  };
  const known = await deps.db.read((tx) => findMediaHash(tx, stamp));
  if (known !== undefined) return { sizeBytes: stamp.sizeBytes, sha256: known };
  const hash = await hashFile(path);
  // A file that was written to while it was read is hashed again next time.
  if (hash.sizeBytes === stamp.sizeBytes) {
    const nowMs = deps.clock.nowMs();
    await deps.db.write((tx) => saveMediaHash(tx, { stamp, sha256: hash.sha256, nowMs }), {
      durable: false,
    });
  }
  return { sizeBytes: hash.sizeBytes, sha256: hash.sha256 };
}
