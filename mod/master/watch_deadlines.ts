import { isDomainError } from "../core/mod.ts";
import { saveProgress, touchWorker } from "../store/mod.ts";
import type { LiveAttempt } from "./board_job.ts";
import { type FarmCore, type FarmTurn, takeTurn } from "./farm_turn.ts";
import {
  FORGET_WORKER_MS,
  HANG_LOOK_MS,
  OVERSLEPT_MS,
  STAGE_MS_MAX,
  STORE_PROGRESS_MS,
} from "./limits.ts";
import { isHung } from "./policy/mod.ts";
import { failAttempt, loseAttempt } from "./settle_attempt.ts";

/**
 * Ends attempts whose lease has run out or whose render stands still, until the signal aborts.
 *
 * Sleeps until the next deadline; while nothing runs, until something is handed out. A time in which
 * this process itself stood still counts for nobody.
 */
export async function watchDeadlines(core: FarmCore, signal: AbortSignal): Promise<void> {
  const { clock } = core;
  let storedAtMs = clock.monotonicMs();
  while (!signal.aborted) {
    const asleepMs = clock.monotonicMs();
    const delayMs = nextLookMs(core);
    if (!await clock.sleep(delayMs, signal)) break;
    const nowMs = clock.monotonicMs();
    const oversleptMs = nowMs - asleepMs - delayMs;
    if (oversleptMs > OVERSLEPT_MS) excuse(core, oversleptMs);
    try {
      await endOverdue(core);
      if (nowMs - storedAtMs < STORE_PROGRESS_MS) continue;
      storedAtMs = nowMs;
      await storeProgress(core);
    } catch (error) {
      // A full disk or a busy database passes; what is overdue stays so.
      if (!isDomainError(error)) throw error;
      core.logger.error("loop_failed", "Cannot end what is overdue", { err: error });
      await clock.sleep(HANG_LOOK_MS, signal);
    }
    core.workers.forget(FORGET_WORKER_MS);
  }
}

/** How long nothing can become overdue, milliseconds. */
function nextLookMs(core: FarmCore): number {
  const nowMs = core.clock.monotonicMs();
  // What is handed out while this sleeps has a whole lease.
  let nextMs = nowMs + core.leaseMs;
  for (const attempt of core.board.attempts) {
    nextMs = Math.min(nextMs, attempt.leaseEndMs, nowMs + HANG_LOOK_MS);
  }
  return Math.max(1, Math.ceil(nextMs - nowMs));
}

/** The process, or its whole machine, was stopped: workers could not be heard. */
function excuse(core: FarmCore, byMs: number): void {
  const nowMs = core.clock.monotonicMs();
  for (const attempt of core.board.attempts) {
    attempt.leaseEndMs = Math.max(attempt.leaseEndMs, nowMs + core.leaseMs);
    attempt.progressAtMs += byMs;
  }
  core.logger.warn("recovered", "The master stood still; its workers are given time", {
    durationMs: Math.round(byMs),
  });
}

/** Why an attempt is over, if it is. */
type Verdict =
  | { readonly kind: "lost"; readonly reason: string }
  | { readonly kind: "hung"; readonly reason: string };

function judge(core: FarmCore, attempt: LiveAttempt): Verdict | undefined {
  if (attempt.isJudged) return undefined;
  const nowMs = core.clock.monotonicMs();
  if (attempt.leaseEndMs <= nowMs) {
    return { kind: "lost", reason: `Nothing was heard of ${attempt.worker} for too long` };
  }
  const seconds = Math.round((nowMs - attempt.progressAtMs) / 1_000);
  const worker = core.workers.find(attempt.worker);
  const speed = worker?.speedOf(attempt.jobId, attempt.kind);
  const frames = attempt.range.endFrame - attempt.range.startFrame;
  if (isHung({ attempt, frames, speed, nowMs })) {
    return { kind: "hung", reason: `The render made no progress for ${seconds} s` };
  }
  if (attempt.stage !== "rendering" && nowMs - attempt.progressAtMs > STAGE_MS_MAX) {
    return { kind: "lost", reason: `It was ${attempt.phase} for ${seconds} s without an end` };
  }
  return undefined;
}

/** Ends every attempt whose time is over, each in a turn of its own. */
export async function endOverdue(core: FarmCore): Promise<void> {
  const overdue = [...core.board.attempts].filter((each) => judge(core, each) !== undefined);
  for (const { attemptId } of overdue) {
    await takeTurn(core, (turn) => endIfOverdue(core, turn, attemptId));
  }
}

async function endIfOverdue(core: FarmCore, turn: FarmTurn, attemptId: string): Promise<void> {
  const attempt = core.board.findAttempt(attemptId);
  const verdict = attempt === undefined ? undefined : judge(core, attempt);
  if (attempt === undefined || verdict === undefined) return;
  if (verdict.kind === "lost") {
    await loseAttempt(core, turn, { attempt, reason: verdict.reason });
    return;
  }
  const failure = { code: "render_hung" as const, message: verdict.reason };
  await failAttempt(core, turn, { attempt, failure });
}

/** Writes down how far running attempts are, for whoever looks after a restart. */
async function storeProgress(core: FarmCore): Promise<void> {
  const changed = [...core.board.attempts].filter((each) => each.framesDone !== each.storedFrames);
  const workers = core.workers.list();
  if (changed.length === 0 && workers.length === 0) return;
  await takeTurn(core, async (turn) => {
    for (const { attemptId, framesDone, renderMs } of changed) {
      await saveProgress(turn.tx, { attemptId, framesDone, renderMs });
    }
    for (const { name, seenWallMs } of workers) {
      await touchWorker(turn.tx, { name, atMs: seenWallMs });
    }
  }, { durable: false });
  for (const attempt of changed) attempt.storedFrames = attempt.framesDone;
}
