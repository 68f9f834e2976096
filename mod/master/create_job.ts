import { invariant, newPartId } from "../core/mod.ts";
import {
  findJobByKey,
  insertJob,
  insertJobMedia,
  insertPart,
  type Job,
  type JobMediaFile,
  type NewJobRow,
} from "../store/mod.ts";
import { type FarmCore, takeTurn } from "./farm_turn.ts";

/** A job that is ready to be queued. */
export interface JobToCreate {
  readonly job: Omit<NewJobRow, "reason" | "createdAtMs">;
  /** `false`: the film has no sound. */
  readonly hasAudio: boolean;
  /** What its workers may read. */
  readonly files: readonly JobMediaFile[];
}

/** What became of it. */
export interface CreatedJob {
  readonly job: Job;
  /** `false` if the idempotency key named a job that was there already, which this is. */
  readonly isNew: boolean;
}

/**
 * Queues a job: one part for all pictures, from which claims are carved, and one for the sound.
 *
 * @throws {DomainError} `db_busy`, `db_failed`, `disk_full`.
 */
export function createJob(core: FarmCore, create: JobToCreate): Promise<CreatedJob> {
  return takeTurn(core, async (turn) => {
    const { tx, nowMs } = turn;
    const { id, idempotencyKey, submittedBy, lengthFrames } = create.job;
    if (idempotencyKey !== undefined) {
      const known = await findJobByKey(tx, { submittedBy, idempotencyKey });
      if (known !== undefined) return { job: known, isNew: false };
    }
    turn.touch(id);
    const reason = `Submitted by ${submittedBy}`;
    await insertJob(tx, { ...create.job, reason, createdAtMs: nowMs });
    for (const file of create.files) await insertJobMedia(tx, { jobId: id, file });
    const range = { startFrame: 0, endFrame: lengthFrames };
    for (const kind of create.hasAudio ? ["video", "audio"] as const : ["video"] as const) {
      await insertPart(tx, { id: newPartId(core.random, id), jobId: id, kind, range, nowMs });
    }
    const board = await core.board.load(tx, id);
    turn.tellWorkers();
    turn.tellJob(id);
    turn.afterCommit(() =>
      core.logger.info("job_changed", "Job queued", { jobId: id, stateNew: "queued", reason })
    );
    invariant(board !== undefined, `job ${id} was just queued`);
    return { job: board.job, isNew: true };
  });
}
