import type { Job } from "../store/mod.ts";
import { enterMergingIfRendered } from "./change_job_state.ts";
import { type FarmCore, takeTurn } from "./farm_turn.ts";
import { RECOVERY_LEASE_MS_MIN, RECOVERY_LEASES } from "./limits.ts";
import { releaseAbandonedParts } from "./settle_attempt.ts";

/** What was found. */
export interface Recovered {
  /** Jobs that have not ended, as they are now. */
  readonly jobs: readonly Job[];
  /** Attempts that may still run: their workers have one long lease to say so. */
  readonly attempts: number;
}

/**
 * Takes up what the last run of the master left, before anybody is served.
 *
 * Running attempts stay: their workers kept on rendering, and have a fresh lease to register in. A
 * part in work of which no attempt runs, and a job of which nothing is left to be rendered, cannot
 * be left by a crash between two transactions; where a database has them all the same, they are put
 * in order.
 *
 * @returns Jobs, among them those in `merging`, which are the film maker's.
 * @throws {DomainError} `db_busy`, `db_failed`.
 */
export function recoverFarm(core: FarmCore): Promise<Recovered> {
  return takeTurn(core, async (turn) => {
    const live = await core.board.loadAll(turn.tx);
    for (const board of core.board.jobs) {
      turn.touch(board.id);
      await releaseAbandonedParts(core, turn, board);
      await enterMergingIfRendered(core, turn, board);
    }
    const leaseMs = Math.max(RECOVERY_LEASE_MS_MIN, RECOVERY_LEASES * core.leaseMs);
    const leaseEndMs = core.clock.monotonicMs() + leaseMs;
    const running = [...core.board.attempts];
    const attempts = running.length;
    for (const attempt of running) attempt.leaseEndMs = leaseEndMs;
    core.workers.expect(running.map(({ worker }) => worker), leaseEndMs);
    if (live.length > 0) {
      turn.afterCommit(() =>
        core.logger.info("recovered", "Took up what the last run of the master left", {
          count: live.length,
          reason: `${attempts} attempts may still run`,
        })
      );
    }
    return { jobs: live, attempts };
  });
}
