import { basename, dirname, join } from "@std/path";
import { DomainError, type RandomBytes, randomText, toFileError } from "../../core/mod.ts";

/** Characters of a temporary name that keep two films apart. */
const UNIQUE_CHARS = 8;
/** Longest name of a file, bytes, on the file systems in use. */
const NAME_BYTES_MAX = 255;

/**
 * Name beside a file under which it is written until it is complete: same folder, so that renaming
 * it is one step; hidden, so that nobody takes it for the film.
 *
 * @param finalPath Path of the file to be.
 * @param random Source of what makes it unique.
 */
export function unpublishedPath(finalPath: string, random: RandomBytes): string {
  const tail = `.olive-${randomText(random, UNIQUE_CHARS)}.part`;
  const name = shorten(basename(finalPath), NAME_BYTES_MAX - tail.length - 1);
  return join(dirname(finalPath), `.${name}${tail}`);
}

/** The first characters of a text that fit into some bytes. */
function shorten(text: string, bytesMax: number): string {
  const encoder = new TextEncoder();
  let kept = "";
  let sizeBytes = 0;
  for (const character of text) {
    sizeBytes += encoder.encode(character).length;
    if (sizeBytes > bytesMax) break;
    kept += character;
  }
  return kept;
}

/** How a file is published. */
export interface PublishOptions {
  /** Whether a file of that name may be replaced. */
  readonly overwrite: boolean;
}

/** The two names of a file. */
export interface PublishPaths {
  /** Complete file; see {@linkcode unpublishedPath}. */
  readonly from: string;
  /** Its final name, in the same folder. */
  readonly to: string;
}

/**
 * Gives a complete file its final name. Whatever happens, the final name is either what it was or
 * the whole new file, on the disk and not only in memory.
 *
 * @param paths Where it is and what it is to be called.
 * @param options Whether to replace.
 * @throws {DomainError} `output_refused` if there is a file of that name and it may not be replaced;
 * `disk_full`, `io_failed`.
 */
export async function publishFile(paths: PublishPaths, options: PublishOptions): Promise<void> {
  const { from, to } = paths;
  try {
    await syncPath(from);
    if (options.overwrite) {
      await Deno.rename(from, to);
    } else {
      // Renaming replaces silently; a link of that name cannot be made where there is a file.
      await Deno.link(from, to);
      await Deno.remove(from);
    }
    await syncPath(dirname(to));
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new DomainError("output_refused", `Cannot write ${to}: the file exists`, {
        cause: error,
        hint: "Choose another name, or allow it to be replaced: --overwrite",
      });
    }
    if (!options.overwrite && isLinkUnsupported(error)) return await publishByName(paths);
    throw toFileError(error, `Cannot write ${to}`);
  }
}

/** File systems without hard links: FAT, some network drives. */
function isLinkUnsupported(error: unknown): boolean {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS" ||
    code === "EMLINK";
}

/** The best there is without links: take the name with an empty file, then replace that. */
async function publishByName({ from, to }: PublishPaths): Promise<void> {
  try {
    (await Deno.open(to, { write: true, createNew: true })).close();
    await Deno.rename(from, to);
    await syncPath(dirname(to));
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new DomainError("output_refused", `Cannot write ${to}: the file exists`, {
        cause: error,
        hint: "Choose another name, or allow it to be replaced: --overwrite",
      });
    }
    throw toFileError(error, `Cannot write ${to}`);
  }
}

async function syncPath(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}
