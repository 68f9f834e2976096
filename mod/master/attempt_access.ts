import { DomainError, hostOwnsWorker, type Identity } from "../core/mod.ts";
import type { Db } from "../db/mod.ts";
import { type Attempt, findAttempt, hasRunningAttempt } from "../store/mod.ts";

/**
 * The attempt of a request, if it is the caller's own.
 *
 * @throws {DomainError} `attempt_not_found` if there is none; `role_refused` if it is another
 * worker's.
 */
export async function ownAttempt(
  db: Db,
  request: { readonly attemptId: string; readonly who: Identity },
): Promise<Attempt> {
  const { attemptId, who } = request;
  const attempt = await db.read((tx) => findAttempt(tx, attemptId));
  if (attempt === undefined) {
    throw new DomainError("attempt_not_found", `Cannot find attempt ${attemptId}`);
  }
  if (!hostOwnsWorker(who.name, attempt.worker)) {
    throw new DomainError(
      "role_refused",
      `Cannot touch attempt ${attemptId}: it is not one of ${who.name}`,
    );
  }
  return attempt;
}

/**
 * The attempt of a request, if it is the caller's own and can still change anything.
 *
 * @throws {DomainError} What {@linkcode ownAttempt} throws; `attempt_not_running` with its state.
 */
export async function ownRunningAttempt(
  db: Db,
  request: { readonly attemptId: string; readonly who: Identity },
): Promise<Attempt> {
  const attempt = await ownAttempt(db, request);
  if (attempt.state === "running") return attempt;
  throw new DomainError(
    "attempt_not_running",
    `Cannot take anything for attempt ${attempt.id}: it is ${attempt.state} (${attempt.reason})`,
    { details: { state: attempt.state } },
  );
}

/**
 * Makes sure that a worker has work on a job: only then may it read the job's plan and media.
 *
 * @throws {DomainError} `role_refused` if it has none.
 */
export async function assertWorksOn(
  db: Db,
  request: { readonly jobId: string; readonly who: Identity },
): Promise<void> {
  const { jobId, who } = request;
  if (await db.read((tx) => hasRunningAttempt(tx, { jobId, host: who.name }))) return;
  throw new DomainError("role_refused", `Cannot read job ${jobId}: ${who.name} has no part of it`);
}
