import { DomainError, isSystemError, toFileError } from "../../core/mod.ts";
import { damage, DamageError, typeAt, viewOf } from "./boxes.ts";
import { readTracks, type Track } from "./sample_table.ts";

/** Largest `moov` box that is read, bytes: a million frames need about 20 MB. */
const MOOV_BYTES_MAX = 512 * 1024 * 1024;
/** Boxes at the top of a file; more is damage. */
const TOP_BOXES_MAX = 10_000;

/** An ISO base media file (mp4, mov), open for reading. */
export interface MovieFile {
  readonly file: Deno.FsFile;
  readonly sizeBytes: number;
  readonly tracks: readonly Track[];
}

/**
 * Opens a file and reads its tables; of the media themselves nothing is read.
 *
 * @param path Path of the file.
 * @param what What it is, for messages: `part`, `film`.
 * @returns The open file; the caller closes it.
 * @throws {DomainError} `result_rejected` if it is no complete file of that kind; `io_failed`.
 */
export async function openMovieFile(path: string, what: string): Promise<MovieFile> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
  } catch (error) {
    throw toFileError(error, `Cannot read ${what} ${path}`);
  }
  try {
    const sizeBytes = (await file.stat()).size;
    const moov = await readMoov(file, sizeBytes);
    const tracks = readTracks(moov);
    return { file, sizeBytes, tracks };
  } catch (error) {
    file.close();
    if (isSystemError(error)) throw toFileError(error, `Cannot read ${what} ${path}`);
    throw toRejection(error, `${what} ${path}`);
  }
}

/** What to throw for an error met while reading a file: `result_rejected` if the file is at fault. */
export function toRejection(error: unknown, file: string): unknown {
  // A RangeError is a number read beyond the end of a table.
  if (!(error instanceof DamageError) && !(error instanceof RangeError)) return error;
  const reason = error instanceof DamageError ? error.reason : "its tables are damaged";
  return new DomainError("result_rejected", `Cannot accept ${file}: ${reason}`, { cause: error });
}

async function readMoov(file: Deno.FsFile, sizeBytes: number): Promise<Uint8Array> {
  const header = new Uint8Array(16);
  let offset = 0;
  for (let index = 0; index < TOP_BOXES_MAX && offset + 8 <= sizeBytes; index++) {
    await readExactly(file, offset, header.subarray(0, Math.min(16, sizeBytes - offset)));
    let size = viewOf(header).getUint32(0);
    let headerBytes = 8;
    if (size === 1) {
      size = Number(viewOf(header).getBigUint64(8));
      headerBytes = 16;
    }
    if (size === 0) size = sizeBytes - offset;
    const type = typeAt(header, 4);
    if (size < headerBytes || offset + size > sizeBytes) {
      throw damage(`it is cut short in its ${JSON.stringify(type)} box`);
    }
    if (type === "moof") throw damage("it is fragmented");
    if (type === "moov") {
      if (size > MOOV_BYTES_MAX) throw damage("its tables are too large");
      const moov = new Uint8Array(size - headerBytes);
      await readExactly(file, offset + headerBytes, moov);
      return moov;
    }
    offset += size;
  }
  throw damage("it has no tables: it is not complete");
}

/** Reads bytes at a place; fails if there are fewer. */
export async function readExactly(
  file: Deno.FsFile,
  offset: number,
  bytes: Uint8Array,
): Promise<void> {
  await file.seek(offset, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) {
    const length = await file.read(bytes.subarray(done));
    if (length === null) throw damage("it is cut short");
    done += length;
  }
}
