/** What identifies a process beyond its number, which the system uses again. */
export interface ProcessFacts {
  /** Its number. */
  readonly pid: number;
  /** Start, clock ticks since boot. */
  readonly startTicks: number;
  /** Its process group. */
  readonly groupId: number;
  /** Its session: a group that never left its session has the same number. */
  readonly sessionId: number;
}

/** The processes of this machine. Empty answers where the system has no `/proc`. */
export interface ProcessTable {
  /** Changes with every boot; empty if unknown. */
  bootId(): string;
  /** Time since boot, clock ticks. */
  uptimeTicks(): number;
  /** A process, ended but not yet reaped ones too; `undefined` if there is none of that number. */
  find(pid: number): ProcessFacts | undefined;
  /** All processes of a group. */
  listGroup(groupId: number): readonly ProcessFacts[];
}

/** Clock ticks per second of `/proc`: 100 on every architecture that Deno runs on. */
export const TICKS_PER_SECOND = 100;

/**
 * Reads `/proc`. Synchronous, because a group must be on record before its program does anything.
 *
 * @see Source: proc_pid_stat(5): field 2 may contain any character, so fields count from its last `)`.
 */
export function createProcessTable(): ProcessTable {
  return {
    bootId: () => readText("/proc/sys/kernel/random/boot_id").trim(),
    uptimeTicks: () => Math.ceil(Number.parseFloat(readText("/proc/uptime")) * TICKS_PER_SECOND),
    find: findProcess,
    listGroup: (groupId) => listProcesses().filter((one) => one.groupId === groupId),
  };
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    // No such process any more, or no such system: both mean "nothing is known".
    return "";
  }
}

function findProcess(pid: number): ProcessFacts | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // From the state, which is field 3: group is 5, session 6, start 22.
  const [groupId, sessionId, startTicks] = [fields[2], fields[3], fields[19]].map(Number);
  if (groupId === undefined || sessionId === undefined || startTicks === undefined) {
    return undefined;
  }
  if (![groupId, sessionId, startTicks].every(Number.isInteger)) return undefined;
  return { pid, startTicks, groupId, sessionId };
}

function listProcesses(): ProcessFacts[] {
  const found: ProcessFacts[] = [];
  try {
    for (const entry of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(entry.name)) continue;
      const facts = findProcess(Number(entry.name));
      if (facts !== undefined) found.push(facts);
    }
  } catch {
    // No `/proc`: nothing is known.
  }
  return found;
}
