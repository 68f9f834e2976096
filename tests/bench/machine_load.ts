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
