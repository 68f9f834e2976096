import { join } from "@std/path";
import { until } from "../../mod/testing/mod.ts";
import type { ProcessEntry } from "../support/process_tree.ts";
import { findProcess } from "../support/process_tree.ts";
import { MASTER } from "./round_plan.ts";
import type { SoakFarm } from "./soak_farm.ts";

const GONE_MS_MAX = 5_000;

/** What may lie in a folder of a farm that has stopped; everything else is left behind. */
interface Place {
  readonly folder: string;
  readonly allowed: RegExp;
}

/** Files that a stopped farm should not have left, and processes that still run. */
export async function checkLeavings(
  farm: SoakFarm,
  round: { readonly folder: string; readonly jobId: string; readonly film: string | undefined },
): Promise<string[]> {
  return [...await checkProcesses(round.folder), ...await checkFiles(farm, round)];
}

/** Waits a little: what was killed takes a moment to be gone. */
async function checkProcesses(folder: string): Promise<string[]> {
  let left: readonly ProcessEntry[] = [];
  try {
    await until(async () => (left = await listProcessesOf(folder)).length === 0, {
      what: "all processes to be gone",
      timeoutMs: GONE_MS_MAX,
    });
    return [];
  } catch {
    return left.map(({ pid, command }) => `process ${pid} still runs: ${command.join(" ")}`);
  }
}

/** Processes that have a folder on their command line. */
async function listProcessesOf(folder: string): Promise<ProcessEntry[]> {
  const found: ProcessEntry[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    const entry = await findProcess(Number(name));
    if (entry === undefined || entry.state === "Z") continue;
    if (entry.command.some((arg) => arg.includes(folder))) found.push(entry);
  }
  return found;
}

async function checkFiles(
  farm: SoakFarm,
  round: { readonly jobId: string; readonly film: string | undefined },
): Promise<string[]> {
  const films = round.film === undefined ? /^$/ : new RegExp(`^${round.film}$`);
  const places: Place[] = [
    { folder: farm.filmFolder, allowed: films },
    { folder: farm.tempFolder, allowed: /^$/ },
  ];
  for (const { name, stateDir } of farm.members) {
    if (name === MASTER) {
      places.push({ folder: join(stateDir, "jobs", round.jobId), allowed: /^plan\.json$/ });
      continue;
    }
    const own = join(stateDir, "workers", name);
    places.push(
      { folder: join(own, "attempts"), allowed: /^$/ },
      { folder: join(own, "outbox"), allowed: /^$/ },
      { folder: join(own, "groups"), allowed: /^alive$/ },
      { folder: join(own, "plans"), allowed: /^[0-9a-f]{64}\.json$/ },
    );
  }
  const left: string[] = [];
  for (const { folder, allowed } of places) {
    for (const file of await listFiles(folder)) {
      if (!allowed.test(file)) left.push(`left behind: ${join(folder, file)}`);
    }
  }
  return left;
}

async function listFiles(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.toSorted();
}
