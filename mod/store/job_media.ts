import type { ReadTx, WriteTx } from "../db/mod.ts";

/** One file that the workers of a job may read. */
export interface JobMediaFile {
  /** Key within the job. */
  readonly fileId: string;
  /** Entry of the plan's media. */
  readonly mediaId: string;
  /** Position within an image sequence, from 0. */
  readonly index: number;
  /** Canonical path on the master's host. */
  readonly path: string;
  /** Size, bytes. */
  readonly sizeBytes: number;
  /** Checksum of its content. */
  readonly sha256: string;
  /** With its dot, or empty. */
  readonly extension: string;
}

const COLUMNS = `
  file_id AS "fileId", media_id AS "mediaId", idx AS "index", path, size_bytes AS "sizeBytes",
  sha256, extension`;

const INSERT = `
  INSERT INTO job_media (job_id, file_id, media_id, idx, path, size_bytes, sha256, extension)
  VALUES (:jobId, :fileId, :mediaId, :index, :path, :sizeBytes, :sha256, :extension)`;

/** Adds a file to the media of a job. */
export async function insertJobMedia(
  tx: WriteTx,
  entry: { readonly jobId: string; readonly file: JobMediaFile },
): Promise<void> {
  const { fileId, mediaId, index, path, sizeBytes, sha256, extension } = entry.file;
  await tx.run(INSERT, {
    jobId: entry.jobId,
    fileId,
    mediaId,
    index,
    path,
    sizeBytes,
    sha256,
    extension,
  });
}

const FIND = `SELECT ${COLUMNS} FROM job_media WHERE job_id = :jobId AND file_id = :fileId`;

/** One file of a job's media, `undefined` if the job has none of this id. */
export function findJobMedia(
  tx: ReadTx,
  key: { readonly jobId: string; readonly fileId: string },
): Promise<JobMediaFile | undefined> {
  return tx.find<JobMediaFile>(FIND, { ...key });
}

const LIST = `SELECT ${COLUMNS} FROM job_media WHERE job_id = :jobId ORDER BY media_id, idx`;

/** Every file of a job's media. */
export function listJobMedia(tx: ReadTx, jobId: string): Promise<readonly JobMediaFile[]> {
  return tx.all<JobMediaFile>(LIST, { jobId });
}
