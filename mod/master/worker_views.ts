import { LIST_LIMIT_MAX } from "../core/mod.ts";
import { listWorkers } from "../store/mod.ts";
import type { WorkerView } from "../wire/mod.ts";
import type { FarmCore } from "./farm_turn.ts";
import { currentFps } from "./job_views.ts";
import type { OnlineWorker } from "./online_workers.ts";

/** Every worker that has ever registered, by name, with what it renders now. */
export async function viewWorkers(core: FarmCore): Promise<WorkerView[]> {
  const stored = await core.db.read((tx) => listWorkers(tx, LIST_LIMIT_MAX));
  return stored.map((row) => {
    const known = core.workers.find(row.name);
    const online = known !== undefined && core.workers.isOnline(known) ? known : undefined;
    return {
      name: row.name,
      state: stateOf(online),
      slots: row.slots,
      address: row.address,
      programVersion: row.programVersion,
      lastSeenAtMs: known?.seenWallMs ?? row.lastSeenAtMs,
      cores: row.capabilities.cores,
      renderers: row.capabilities.renderers,
      benchmarkFps: row.capabilities.benchmarkFps,
      attempts: core.board.attemptsOf(row.name).map((attempt) => ({
        attemptId: attempt.attemptId,
        jobId: attempt.jobId,
        partId: attempt.partId,
        kind: attempt.kind,
        range: attempt.range,
        phase: attempt.phase,
        framesDone: attempt.framesDone,
        fps: currentFps(attempt),
        startedAtMs: attempt.startedWallMs,
      })),
    };
  });
}

function stateOf(online: OnlineWorker | undefined): WorkerView["state"] {
  if (online === undefined) return "offline";
  return online.isDraining ? "draining" : "online";
}
