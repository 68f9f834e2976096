import { join } from "@std/path";
import { ALIVE_MS } from "./limits.ts";
import { type ProcessFacts, type ProcessTable, TICKS_PER_SECOND } from "./process_table.ts";

/*
 * A worker that is killed leaves no child behind, mostly: the kernel kills each program that it
 * started. What those programs started in turn lives on in their process group. So each group is on
 * record while it runs, and the next run of the worker ends those that the last one left.
 *
 * A number alone proves nothing, because the system uses it again. A group is ours if its leader
 * has the start time on record; or, with its leader gone, if all of its processes began after
 * the leader and no later than the worker last noted that it lives: as long as the worker lived, the
 * record was removed in the moment in which the group ended, and a group that never ended keeps
 * its number.
 */

/** Name of the file with the time at which the worker last lived. */
const ALIVE_FILE = "alive";
/** A group can be this much younger than the last note, clock ticks. */
const SLACK_TICKS = (ALIVE_MS / 1_000 + 1) * TICKS_PER_SECOND;

interface GroupRecord {
  readonly groupId: number;
  readonly startTicks: number;
  readonly bootId: string;
}

/** Where groups are on record, and how processes are looked at. */
export interface GroupRecords {
  /** Folder of the records. */
  readonly folder: string;
  readonly processes: ProcessTable;
}

/** Puts a group on record, or takes it off. Fits `SystemRunnerOptions.onGroup`. */
export function recordGroup(
  records: GroupRecords,
  change: { readonly groupId: number; readonly isAlive: boolean },
): void {
  const { groupId, isAlive } = change;
  const file = join(records.folder, String(groupId));
  try {
    if (!isAlive) return Deno.removeSync(file);
    const facts = records.processes.find(groupId);
    if (facts === undefined) return;
    const record: GroupRecord = {
      groupId,
      startTicks: facts.startTicks,
      bootId: records.processes.bootId(),
    };
    Deno.writeTextFileSync(file, JSON.stringify(record), { mode: 0o600 });
  } catch {
    // Best effort: without a record the kernel still ends the program itself with its worker.
  }
}

/** Notes that the worker lives. To be called every ALIVE_MS. */
export async function noteAlive(records: GroupRecords): Promise<void> {
  try {
    const beside = join(records.folder, `${ALIVE_FILE}.new`);
    await Deno.writeTextFile(beside, String(records.processes.uptimeTicks()), { mode: 0o600 });
    await Deno.rename(beside, join(records.folder, ALIVE_FILE));
  } catch {
    // Best effort: an old note makes the next run more careful, no more.
  }
}

/**
 * Ends the process groups that the last run of this worker left.
 *
 * @param records What is on record; empty afterwards.
 * @param kill Ends a group at once.
 * @returns The groups that were ended.
 */
export async function killLeftovers(
  records: GroupRecords,
  kill: (groupId: number) => void,
): Promise<readonly number[]> {
  const aliveTicks = Number.parseInt(
    await readOr(join(records.folder, ALIVE_FILE), "0"),
    10,
  );
  const killed: number[] = [];
  for await (const entry of Deno.readDir(records.folder)) {
    if (!/^\d+$/.test(entry.name)) continue;
    const file = join(records.folder, entry.name);
    const record = parseRecord(await readOr(file, ""));
    if (record !== undefined && isOurs(record, { records, aliveTicks })) {
      kill(record.groupId);
      killed.push(record.groupId);
    }
    await Deno.remove(file);
  }
  return killed;
}

function isOurs(
  record: GroupRecord,
  from: { readonly records: GroupRecords; readonly aliveTicks: number },
): boolean {
  const { processes } = from.records;
  if (record.bootId === "" || record.bootId !== processes.bootId()) return false;
  const leader = processes.find(record.groupId);
  if (leader !== undefined) return leader.startTicks === record.startTicks;
  const latestTicks = from.aliveTicks + SLACK_TICKS;
  const members = processes.listGroup(record.groupId);
  return members.length > 0 &&
    members.every((member: ProcessFacts) =>
      member.sessionId === record.groupId && member.startTicks >= record.startTicks &&
      member.startTicks <= latestTicks
    );
}

function parseRecord(text: string): GroupRecord | undefined {
  try {
    const { groupId, startTicks, bootId } = JSON.parse(text) as Partial<GroupRecord>;
    const isRecord = Number.isInteger(groupId) && Number(groupId) > 1 &&
      Number.isInteger(startTicks) && typeof bootId === "string";
    if (!isRecord) return undefined;
    return { groupId: Number(groupId), startTicks: Number(startTicks), bootId: String(bootId) };
  } catch {
    // Cut off by a crash: such a record proves nothing.
    return undefined;
  }
}

async function readOr(file: string, otherwise: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return otherwise;
    throw error;
  }
}
