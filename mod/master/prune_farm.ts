import { type Clock, formatError } from "../core/mod.ts";
import type { Db } from "../db/mod.ts";
import type { Logger } from "../log/mod.ts";
import { findJob, pruneEvents, pruneJobs, pruneMediaHashes } from "../store/mod.ts";
import type { JobFolders } from "./job_folders.ts";
import {
  DAY_MS,
  ORPHAN_FOLDER_MS,
  PRUNE_EVENTS_MAX,
  PRUNE_INTERVAL_MS,
  PRUNE_JOBS_MAX,
} from "./limits.ts";

/** What forgetting the past needs. */
export interface PruneDeps {
  readonly db: Db;
  readonly folders: JobFolders;
  readonly clock: Clock;
}

/** What was removed. */
export interface Pruned {
  /** Jobs that had ended, with their parts, attempts, events and folders. */
  readonly jobs: number;
  /** Folders that no job of the database owns. */
  readonly orphanFolders: number;
  /** Events of no job, such as those of workers. */
  readonly events: number;
}

/**
 * Forgets what is older than so many days: jobs that have ended, with their folders; events of no
 * job; checksums of files that nobody asked for. Films are never touched. Works in small steps, so
 * that a master beside it goes on; safe to be ended at any moment and to be done again.
 *
 * @param options `keepDays`, 0 or more.
 * @throws {DomainError} `db_busy`, `db_failed`, `disk_full`.
 */
export async function pruneFarm(
  deps: PruneDeps,
  options: { readonly keepDays: number },
): Promise<Pruned> {
  const { db, folders, clock } = deps;
  const beforeMs = clock.nowMs() - options.keepDays * DAY_MS;
  let jobs = 0;
  for (;;) {
    const removed = await db.write((tx) => pruneJobs(tx, { beforeMs, limit: PRUNE_JOBS_MAX }));
    for (const jobId of removed) await folders.removeAll(jobId);
    jobs += removed.length;
    if (removed.length < PRUNE_JOBS_MAX) break;
  }
  let events = 0;
  for (;;) {
    const removed = await db.write((tx) => pruneEvents(tx, { beforeMs, limit: PRUNE_EVENTS_MAX }));
    events += removed;
    if (removed < PRUNE_EVENTS_MAX) break;
  }
  await db.write((tx) => pruneMediaHashes(tx, beforeMs));
  return { jobs, events, orphanFolders: await removeOrphans(deps) };
}

/** Folders whose job is in no row: a crash came between the row and the folder. */
async function removeOrphans(deps: PruneDeps): Promise<number> {
  const { db, folders, clock } = deps;
  let count = 0;
  for (const jobId of await folders.list()) {
    if (await db.read((tx) => findJob(tx, jobId)) !== undefined) continue;
    // A young one may be of a submission whose row is yet to be written.
    if (await folders.changedAtMs(jobId) > clock.nowMs() - ORPHAN_FOLDER_MS) continue;
    await folders.removeAll(jobId);
    count++;
  }
  return count;
}

/** Forgets the past at once and then again and again, until the signal aborts. */
export async function keepPruned(
  deps: PruneDeps & { readonly logger: Logger },
  options: { readonly keepDays: number; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, logger } = deps;
  do {
    try {
      const { jobs, orphanFolders } = await pruneFarm(deps, options);
      const count = jobs + orphanFolders;
      if (count > 0) {
        const message = `Forgot jobs that ended more than ${options.keepDays} days ago`;
        logger.info("pruned", message, { count });
      }
    } catch (error) {
      // Nobody waits for it, and the next time is soon enough.
      logger.warn("loop_failed", `Cannot prune: ${formatError(error)}`, { err: error });
    }
  } while (await clock.sleep(PRUNE_INTERVAL_MS, options.signal));
}
