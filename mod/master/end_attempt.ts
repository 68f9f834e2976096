import { type AttemptEnd, finishAttempt } from "../store/mod.ts";
import type { LiveAttempt } from "./board_job.ts";
import type { FarmCore, FarmTurn } from "./farm_turn.ts";

/** Ends one attempt in the database, on the board and in the log. `false` if it ran no more. */
export async function endAttempt(
  core: FarmCore,
  turn: FarmTurn,
  end: Omit<AttemptEnd, "nowMs" | "attempt"> & { readonly attempt: LiveAttempt },
): Promise<boolean> {
  const { attempt, to, reason } = end;
  const { attemptId, jobId, worker } = attempt;
  turn.touch(jobId);
  core.board.removeAttempt(attemptId);
  const hasEnded = await finishAttempt(turn.tx, {
    framesDone: attempt.framesDone,
    renderMs: attempt.renderMs,
    ...end,
    attempt: { id: attemptId, jobId },
    nowMs: turn.nowMs,
  });
  if (!hasEnded) return false;
  turn.tellWorker(worker);
  turn.tellJob(jobId);
  turn.afterCommit(() =>
    core.logger.info("attempt_changed", `Attempt ${to}`, {
      attemptId,
      jobId,
      partId: attempt.partId,
      workerName: worker,
      stateOld: "running",
      stateNew: to,
      reason,
    })
  );
  return true;
}
