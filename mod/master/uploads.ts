import {
  DomainError,
  PART_RESULT_BYTES_MAX,
  toFileError,
  UPLOAD_PIECE_BYTES_MAX,
} from "../core/mod.ts";
import { hashFile } from "../media/mod.ts";
import type { UploadStatus } from "../wire/mod.ts";
import type { JobFolders } from "./job_folders.ts";

/** An attempt, as far as uploads go by it. */
export interface UploadingAttempt {
  readonly id: string;
  readonly jobId: string;
}

/** Results on their way in: one growing file per attempt, appended to piece by piece. */
export interface Uploads {
  /** What of an attempt's result is safe on disk. */
  status(attempt: UploadingAttempt): Promise<UploadStatus>;
  /**
   * Appends one piece and answers when it is on disk.
   *
   * @throws {DomainError} `upload_conflict` if the piece does not start where the file ends (a
   * piece that is there already is acknowledged again), `too_large` for a piece or a result beyond
   * its limit, `disk_full`.
   */
  accept(attempt: UploadingAttempt, piece: { offset: number; bytes: Uint8Array }): Promise<
    UploadStatus
  >;
  /**
   * Checks a whole upload and gives it the name of a part's file.
   *
   * @returns Path of the file.
   * @throws {DomainError} `result_rejected` if size or checksum are not as announced.
   */
  seal(attempt: UploadingAttempt, announced: { sizeBytes: number; sha256: string }): Promise<
    string
  >;
  /** Removes what an attempt has sent. */
  discard(attempt: UploadingAttempt): Promise<void>;
}

/** Uploads below the job folders. Calls for one attempt run one after the other. */
export function createUploads(folders: JobFolders): Uploads {
  const queues = new Map<string, Promise<unknown>>();
  function inTurn<T>(attemptId: string, act: () => Promise<T>): Promise<T> {
    const before = queues.get(attemptId) ?? Promise.resolve();
    const turn = before.then(act, act);
    const settled = turn.catch(() => undefined).finally(() => {
      if (queues.get(attemptId) === settled) queues.delete(attemptId);
    });
    queues.set(attemptId, settled);
    return turn;
  }
  return {
    status: (attempt) =>
      inTurn(attempt.id, async () => ({
        receivedBytes: await sizeOf(folders.upload(attempt.jobId, attempt.id)),
      })),
    accept: (attempt, piece) =>
      inTurn(attempt.id, () => appendPiece(folders.upload(attempt.jobId, attempt.id), piece)),
    seal: (attempt, announced) => inTurn(attempt.id, () => sealUpload(folders, attempt, announced)),
    discard: (attempt) =>
      inTurn(attempt.id, async () => {
        await removeIfThere(folders.upload(attempt.jobId, attempt.id));
        await removeIfThere(folders.part(attempt.jobId, attempt.id));
      }),
  };
}

async function appendPiece(
  path: string,
  piece: { offset: number; bytes: Uint8Array },
): Promise<UploadStatus> {
  if (piece.bytes.length > UPLOAD_PIECE_BYTES_MAX) {
    throw new DomainError("too_large", `Cannot take piece: ${piece.bytes.length} bytes`);
  }
  const endBytes = piece.offset + piece.bytes.length;
  if (endBytes > PART_RESULT_BYTES_MAX) {
    throw new DomainError("too_large", `Cannot take piece: the result exceeds its limit`);
  }
  const receivedBytes = await sizeOf(path);
  if (endBytes <= receivedBytes) return { receivedBytes };
  if (piece.offset !== receivedBytes) {
    throw new DomainError(
      "upload_conflict",
      `Cannot take piece at ${piece.offset}: ${receivedBytes} bytes have arrived`,
      { details: { receivedBytes } },
    );
  }
  await writeAt(path, piece);
  return { receivedBytes: endBytes };
}

async function writeAt(path: string, piece: { offset: number; bytes: Uint8Array }): Promise<void> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { write: true, create: true, mode: 0o600 });
    await file.seek(piece.offset, Deno.SeekMode.Start);
    let done = 0;
    while (done < piece.bytes.length) done += await file.write(piece.bytes.subarray(done));
    await file.syncData();
  } catch (error) {
    // A half-written piece would look acknowledged.
    await file?.truncate(piece.offset).catch(() => undefined);
    throw toFileError(error, `Cannot write ${path}`);
  } finally {
    file?.close();
  }
}

async function sealUpload(
  folders: JobFolders,
  attempt: UploadingAttempt,
  announced: { sizeBytes: number; sha256: string },
): Promise<string> {
  const from = folders.upload(attempt.jobId, attempt.id);
  const to = folders.part(attempt.jobId, attempt.id);
  // A repeated report finds the file sealed already.
  const path = (await sizeOf(from)) === 0 && (await sizeOf(to)) > 0 ? to : from;
  const { sizeBytes, sha256 } = await hashFile(path);
  if (sizeBytes !== announced.sizeBytes || sha256 !== announced.sha256) {
    throw new DomainError(
      "result_rejected",
      `Cannot accept result: ${sizeBytes} bytes with checksum ${sha256.slice(0, 12)} arrived, ` +
        `${announced.sizeBytes} with ${announced.sha256.slice(0, 12)} were announced`,
    );
  }
  if (path === from) await Deno.rename(from, to);
  return to;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
