import type { ReadTx, WriteTx } from "../db/mod.ts";
import type { PartKind } from "./part.ts";

/** What a speed was measured on: one project, or anything that a renderer made. */
export const SPEED_SCOPES = ["project", "renderer"] as const;
/** One of {@linkcode SPEED_SCOPES}. */
export type SpeedScope = (typeof SPEED_SCOPES)[number];

/** Measured speed of one slot of a worker. */
export interface WorkerSpeed {
  /** Whose. */
  readonly worker: string;
  /** Pictures or sound. */
  readonly kind: PartKind;
  /** What it was measured on. */
  readonly scope: SpeedScope;
  /** The job's `projectKey`, or the id of the renderer. */
  readonly key: string;
  /** Frames per second, more than 0. */
  readonly fps: number;
  /** Fixed cost of a part beside its frames, milliseconds. */
  readonly startMs: number;
  /** Measurements that it is smoothed from. */
  readonly sampleCount: number;
  /** When it was measured last. */
  readonly updatedAtMs: number;
}

const SAVE = `
  INSERT INTO worker_speed (worker, kind, scope, key, fps, start_ms, sample_count, updated_at_ms)
  VALUES (:worker, :kind, :scope, :key, :fps, :startMs, :sampleCount, :updatedAtMs)
  ON CONFLICT (scope, key, kind, worker) DO UPDATE SET fps = excluded.fps,
    start_ms = excluded.start_ms, sample_count = excluded.sample_count,
    updated_at_ms = excluded.updated_at_ms`;

/** Keeps a speed, in place of an earlier one. */
export async function saveWorkerSpeed(tx: WriteTx, speed: WorkerSpeed): Promise<void> {
  await tx.run(SAVE, { ...speed });
}

/** SQL of {@linkcode listWorkerSpeeds}; a test looks at its plan. */
export const LIST_WORKER_SPEEDS = `
  SELECT worker, kind, scope, key, fps, start_ms AS "startMs", sample_count AS "sampleCount",
    updated_at_ms AS "updatedAtMs"
  FROM worker_speed WHERE scope = :scope AND key = :key LIMIT :limit`;

/** Speeds of all workers on one project or renderer; at most `limit`. */
export function listWorkerSpeeds(
  tx: ReadTx,
  query: { readonly scope: SpeedScope; readonly key: string; readonly limit: number },
): Promise<readonly WorkerSpeed[]> {
  return tx.all<WorkerSpeed>(LIST_WORKER_SPEEDS, { ...query });
}
