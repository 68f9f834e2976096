/** CPU time of the whole machine, as the kernel counts it. */
export interface CpuTimes {
  /** Ticks in which something ran. */
  readonly busy: number;
  /** All ticks, of all processors. */
  readonly all: number;
}

/** Reads the kernel's counters. Linux only. */
export async function readCpuTimes(): Promise<CpuTimes> {
  const [line = ""] = (await Deno.readTextFile("/proc/stat")).split("\n");
  // user nice system idle iowait irq softirq steal; guest times are part of user.
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  const all = ticks.reduce((sum, tick) => sum + tick, 0);
  return { busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0), all };
}

/** Share of the machine that was busy between two looks, 0 to 1: a measurement near 1 tells nothing. */
export function busyShare(before: CpuTimes, after: CpuTimes): number {
  return after.all > before.all ? (after.busy - before.busy) / (after.all - before.all) : 0;
}

/** CPU time of one process, as the kernel counts it. */
interface ProcessTimes {
  readonly parentPid: number;
  /** Ticks of its own and of children that have ended. */
  readonly ticks: number;
}

/**
 * CPU time of processes with all of their descendants, those that have ended included. Linux only.
 *
 * @returns Ticks, as in {@linkcode CpuTimes}.
 */
export async function readFamilyTicks(pids: readonly number[]): Promise<number> {
  const all = new Map<number, ProcessTimes>();
  for await (const { name } of Deno.readDir("/proc")) {
    const times = /^\d+$/.test(name) ? await readProcessTimes(name) : undefined;
    if (times !== undefined) all.set(Number(name), times);
  }
  const isOfFamily = (pid: number): boolean => {
    // Bounded: ids are read one after the other, so what looks like a circle is one that wrapped.
    for (let at: number | undefined = pid, depth = 0; at !== undefined && depth < 64; depth++) {
      if (pids.includes(at)) return true;
      at = all.get(at)?.parentPid;
    }
    return false;
  };
  return [...all].reduce((sum, [pid, { ticks }]) => sum + (isOfFamily(pid) ? ticks : 0), 0);
}

async function readProcessTimes(pid: string): Promise<ProcessTimes | undefined> {
  // It may end while it is looked at.
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 16) return undefined;
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parentPid: Number(fields[1]), ticks };
}

const QUIET_SHARE = 0.15;
const LOOK_MS = 2_000;

/**
 * Waits until other programs leave the machine alone, but not for long.
 *
 * @param waitMsMax After this time it is as it is, milliseconds.
 */
export async function untilQuiet(waitMsMax: number): Promise<void> {
  const endsAtMs = performance.now() + waitMsMax;
  let before = await readCpuTimes();
  while (performance.now() < endsAtMs) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const after = await readCpuTimes();
    if (busyShare(before, after) < QUIET_SHARE) return;
    before = after;
  }
}

/** Memory of a process, MiB. */
export interface ProcessMemory {
  /** In use now. */
  readonly residentMib: number;
  /** The most that ever was. */
  readonly peakMib: number;
}

const KIB_PER_MIB = 1024;

/** Memory of a process itself, without its children. Linux only. */
export async function readMemory(pid: number): Promise<ProcessMemory> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  return { residentMib: kib("VmRSS") / KIB_PER_MIB, peakMib: kib("VmHWM") / KIB_PER_MIB };
}
