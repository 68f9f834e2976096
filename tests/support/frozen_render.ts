import { basename } from "@std/path";
import { until } from "../../mod/testing/mod.ts";
import { findProcess, isAlive, listDescendants, type ProcessEntry } from "./process_tree.ts";

const CATCH_MS_MAX = 30_000;

/** A renderer that is held in the middle of its work. */
export interface FrozenRender {
  readonly pid: number;
  /** Lets it go on. */
  thaw(): void;
}

/** Renderers that a worker runs now: `melt` with something to write. */
export async function listRenders(workerPid: number): Promise<ProcessEntry[]> {
  const family = await listDescendants(workerPid);
  return family.filter(({ command }) =>
    basename(command[0] ?? "") === "melt" && command.includes("-consumer")
  );
}

/**
 * Waits for a renderer of a worker and stops it (`SIGSTOP`) before it is done, so that whatever a
 * test does next hits it in mid-render. The worker itself goes on.
 *
 * @throws {Error} If the worker starts no renderer in time.
 */
export async function freezeRender(workerPid: number): Promise<FrozenRender> {
  let frozen: number | undefined;
  await until(async () => {
    const [render] = await listRenders(workerPid);
    if (render === undefined) return false;
    if (!signal(render.pid, "SIGSTOP")) return false;
    let state = "";
    await until(async () => {
      state = (await findProcess(render.pid))?.state ?? "gone";
      return ["T", "Z", "X", "gone"].includes(state);
    }, { what: "the renderer to stop", dump: () => state });
    if (state !== "T") return false;
    frozen = render.pid;
    return true;
  }, { what: `a render of process ${workerPid}`, timeoutMs: CATCH_MS_MAX });
  const pid = frozen;
  if (pid === undefined) throw new Error("No render was stopped");
  return { pid, thaw: () => void signal(pid, "SIGCONT") };
}

/** Waits until none of these processes lives any more. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  await until(async () => {
    const alive = await Promise.all(pids.map((pid) => isAlive(pid)));
    return !alive.includes(true);
  }, { what: `processes ${pids.join(", ")} to be gone` });
}

function signal(pid: number, name: Deno.Signal): boolean {
  try {
    Deno.kill(pid, name);
    return true;
  } catch {
    // It has ended by itself.
    return false;
  }
}
