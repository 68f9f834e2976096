import { extname } from "@std/path";
import { DomainError, type PlanMedia } from "../core/mod.ts";
import type { JobFile } from "../wire/mod.ts";

/** One file that a job's workers may read. */
export interface ManifestFile extends JobFile {
  /** Canonical path on the master's host. */
  readonly path: string;
}

/** What a manifest needs of the file system. */
export interface ManifestDeps {
  /** Canonical path within the allowed roots; throws `path_refused` or `media_missing`. */
  resolve(path: string): Promise<string>;
  /** Size and checksum of a file's content; may remember them. */
  hash(path: string): Promise<{ sizeBytes: number; sha256: string }>;
}

const SAFE_EXTENSION = /^\.[a-z0-9]{1,10}$/;

/**
 * Lists the files of a plan's media, keyed by content: what a worker has in its cache already, it
 * never fetches again, from whichever project it came.
 *
 * @param media The plan's media.
 * @returns One entry per file, image sequences in their order.
 * @throws {DomainError} `path_refused` for a file outside the allowed roots, `media_missing` for one
 * that cannot be read; `disk_full`, `db_busy`, `db_failed`.
 */
export async function listMediaFiles(
  media: readonly PlanMedia[],
  deps: ManifestDeps,
): Promise<ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const item of media) {
    for (const [index, path] of item.paths.entries()) {
      const canonical = await deps.resolve(path);
      const extension = extname(path).toLowerCase();
      files.push({
        fileId: `${item.id}-${index}`,
        mediaId: item.id,
        index,
        path: canonical,
        extension: SAFE_EXTENSION.test(extension) ? extension : "",
        ...await hashOrMissing(canonical, item.name, deps),
      });
    }
  }
  return files;
}

async function hashOrMissing(
  path: string,
  name: string,
  deps: ManifestDeps,
): Promise<{ sizeBytes: number; sha256: string }> {
  try {
    return await deps.hash(path);
  } catch (error) {
    // The database that remembers checksums has failed, not the media.
    if (error instanceof DomainError && error.code !== "io_failed") throw error;
    throw new DomainError("media_missing", `Cannot read media ${JSON.stringify(name)}: ${path}`, {
      cause: error,
      hint: "Check that the user who runs the master may read the file",
    });
  }
}
