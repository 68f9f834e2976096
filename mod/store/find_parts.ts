import type { ReadTx } from "../db/mod.ts";
import { type Part, PART_COLUMNS, type PartKind, type PartRow, toPart } from "./part.ts";

const FIND = `SELECT ${PART_COLUMNS} FROM part WHERE id = :partId`;

/** A part, `undefined` if there is none of this id. */
export async function findPart(tx: ReadTx, partId: string): Promise<Part | undefined> {
  const row = await tx.find<PartRow>(FIND, { partId });
  return row === undefined ? undefined : toPart(row);
}

const LIST = `
  SELECT ${PART_COLUMNS} FROM part WHERE job_id = :jobId
  ORDER BY kind, start_frame`;

/** Every part of a job: the sound, then the pictures in timeline order. */
export async function listParts(tx: ReadTx, jobId: string): Promise<readonly Part[]> {
  return (await tx.all<PartRow>(LIST, { jobId })).map(toPart);
}

const LIST_COMPLETED = `
  SELECT ${PART_COLUMNS} FROM part WHERE job_id = :jobId AND state = 'completed'
  ORDER BY kind, start_frame`;

/** The completed parts of a job: the sound, then the pictures in timeline order. */
export async function listCompletedParts(tx: ReadTx, jobId: string): Promise<readonly Part[]> {
  return (await tx.all<PartRow>(LIST_COMPLETED, { jobId })).map(toPart);
}

/** A part and who failed it. */
export interface TriedPart extends Part {
  /** Workers that failed it; empty if its attempts were only lost. */
  readonly failedBy: readonly string[];
}

interface TriedPartRow extends PartRow {
  readonly failedBy: string;
}

/** SQL of {@linkcode listUnfinishedParts}; a test looks at its plan. */
export const LIST_UNFINISHED_PARTS = `
  SELECT ${PART_COLUMNS},
    (SELECT json_group_array(worker) FROM part_failure WHERE part_id = part.id) AS "failedBy"
  FROM part WHERE job_id = :jobId AND state IN ('queued', 'ongoing', 'failed')`;

/** What a job still waits for, in no order. As many rows as that, whatever is completed. */
export async function listUnfinishedParts(
  tx: ReadTx,
  jobId: string,
): Promise<readonly TriedPart[]> {
  const rows = await tx.all<TriedPartRow>(LIST_UNFINISHED_PARTS, { jobId });
  return rows.map((row) => ({
    ...toPart(row),
    failedBy: JSON.parse(row.failedBy) as readonly string[],
  }));
}

/** SQL of {@linkcode hasUnfinishedPart}; a test looks at its plan. */
export const HAS_UNFINISHED_PART = `
  SELECT 1 AS yes FROM part
  WHERE job_id = :jobId AND state IN ('queued', 'ongoing', 'failed') LIMIT 1`;

/** Whether a job still waits for a part. */
export async function hasUnfinishedPart(tx: ReadTx, jobId: string): Promise<boolean> {
  return await tx.find(HAS_UNFINISHED_PART, { jobId }) !== undefined;
}

/** How many parts of a job are in a state, and their frames. */
export interface PartCount {
  /** What the parts make. */
  readonly kind: PartKind;
  /** Their state. */
  readonly state: Part["state"];
  /** How many, 1 or more. */
  readonly count: number;
  /** Frames of all of them. */
  readonly frames: number;
}

const COUNT = `
  SELECT kind, state, count(*) AS count, sum(end_frame - start_frame) AS frames
  FROM part WHERE job_id = :jobId GROUP BY kind, state`;

/** Parts of a job by kind and state; states without a part are left out. */
export function countParts(tx: ReadTx, jobId: string): Promise<readonly PartCount[]> {
  return tx.all<PartCount>(COUNT, { jobId });
}
