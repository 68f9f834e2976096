import { saveWorker } from "../store/mod.ts";
import { PROGRAM_VERSION } from "../core/mod.ts";
import type { RegisterReply, RegisterRequest } from "../wire/mod.ts";
import { type FarmCore, takeTurn } from "./farm_turn.ts";
import { HEARTBEAT_MS_MAX, HEARTBEATS_PER_LEASE } from "./limits.ts";
import { OnlineWorker } from "./online_workers.ts";
import type { SpeedKeys } from "./speed_book.ts";

/** Of a job that has just ended: nothing is remembered under these. */
const NO_KEYS: SpeedKeys = { projectKey: "", renderer: "" };

/** A worker that introduces itself. */
export interface Introduction {
  readonly name: string;
  readonly registration: RegisterRequest;
  /** Where it calls from. */
  readonly address: string;
}

/**
 * Takes up a worker. A later run of its process replaces an earlier one, whose attempts stay until
 * the first sync says which of them the new one still has.
 *
 * @throws {DomainError} `db_busy`, `db_failed`.
 */
export async function registerWorker(
  core: FarmCore,
  introduction: Introduction,
): Promise<RegisterReply> {
  const { name, registration, address } = introduction;
  const { clock, leaseMs } = core;
  await takeTurn(core, (turn) =>
    saveWorker(turn.tx, {
      name,
      sessionId: registration.sessionId,
      slots: registration.slots,
      address,
      programVersion: registration.programVersion,
      capabilities: registration.capabilities,
      lastSeenAtMs: turn.nowMs,
    }), { durable: false });
  const isKnown = core.workers.find(name)?.sessionId === registration.sessionId;
  core.speeds.noteBenchmark(name, registration.capabilities.benchmarkFps);
  core.workers.put(
    new OnlineWorker(name, {
      registration,
      address,
      clock,
      speedOf: (worker, jobId, kind) => {
        const keys = core.board.findJob(jobId)?.speedKeys ?? NO_KEYS;
        return core.speeds.speedOf(worker, { kind, keys });
      },
    }),
  );
  core.workerNews.notify(name);
  core.logger.info("worker_changed", isKnown ? "Worker registered again" : "Worker registered", {
    workerName: name,
    sessionId: registration.sessionId,
    address,
    version: registration.programVersion,
  });
  return {
    masterVersion: PROGRAM_VERSION,
    leaseMs,
    heartbeatMs: Math.max(
      1,
      Math.min(HEARTBEAT_MS_MAX, Math.floor(leaseMs / HEARTBEATS_PER_LEASE)),
    ),
    nowMs: clock.nowMs(),
  };
}
