import { createSystemClock } from "../../../mod/core/mod.ts";
import { type CpuTimes, readCpuTimes, readFamilyTicks, readMemory } from "../machine_load.ts";

/** Processor time of some processes, and of all others, between two moments. */
export interface ProcessUse {
  /** Wall time, seconds. */
  readonly seconds: number;
  /** Of each group of processes, in the order of the call: 1 is one processor. */
  readonly processors: readonly number[];
  /** Share of the machine that all other programs used, 0 to 1. */
  readonly othersShare: number;
}

const clock = createSystemClock();

/** Measures groups of processes, descendants included, from now on. Linux only. */
export async function watchProcesses(
  groups: readonly (readonly number[])[],
): Promise<ProcessWatch> {
  return new ProcessWatch(groups, await readTimes(groups));
}

interface Times {
  readonly atMs: number;
  readonly cpu: CpuTimes;
  readonly ticks: readonly number[];
}

async function readTimes(groups: readonly (readonly number[])[]): Promise<Times> {
  const ticks = [];
  for (const pids of groups) ticks.push(await readFamilyTicks(pids));
  return { atMs: clock.monotonicMs(), cpu: await readCpuTimes(), ticks };
}

/** Made by {@linkcode watchProcesses}. */
export class ProcessWatch {
  readonly #groups: readonly (readonly number[])[];
  readonly #before: Times;

  /** From these times on. */
  constructor(groups: readonly (readonly number[])[], before: Times) {
    this.#groups = groups;
    this.#before = before;
  }

  /** What was used until now. */
  async read(): Promise<ProcessUse> {
    const after = await readTimes(this.#groups);
    const before = this.#before;
    const seconds = (after.atMs - before.atMs) / 1_000;
    const used = after.ticks.map((ticks, index) => ticks - (before.ticks[index] ?? 0));
    const allTicks = Math.max(1, after.cpu.all - before.cpu.all);
    const ticksPerSecond = allTicks / seconds / navigator.hardwareConcurrency;
    const own = used.reduce((sum, ticks) => sum + ticks, 0);
    return {
      seconds,
      processors: used.map((ticks) => ticks / ticksPerSecond / seconds),
      othersShare: Math.max(0, (after.cpu.busy - before.cpu.busy - own) / allTicks),
    };
  }
}

/** What a row says of the machine: its load averages of the last minute and five. */
export function loadText(): string {
  const [one = 0, five = 0] = Deno.loadavg();
  return `load ${one.toFixed(1)}, ${five.toFixed(1)}`;
}

/** Memory that a process holds now, MiB. */
export async function residentMib(pid: number): Promise<number> {
  return (await readMemory(pid)).residentMib;
}
