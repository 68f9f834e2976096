import { join } from "@std/path";
import { createSystemClock } from "../../mod/core/mod.ts";
import type { BenchContext, Measurement } from "./bench.ts";
import { type BenchFarm, type BenchWorkerSpec, startBenchFarm } from "./bench_farm.ts";
import { makeFakeProject } from "./fake_project.ts";
import { listAttempts, profileJob } from "./job_profile.ts";
import { lowerBoundSeconds } from "./lower_bound.ts";
import { type CpuTimes, readCpuTimes, readFamilyTicks, untilQuiet } from "./machine_load.ts";
import { isWhole, readStamps } from "./read_stamps.ts";

/** A fault in the middle of an export. */
export interface PlannedFault {
  /** Worker that has it. */
  readonly worker: string;
  /** When, as a share of the time that the export takes without it at best. */
  readonly atShare: number;
  /** Does it. */
  strike(farm: BenchFarm): Promise<void>;
}

/** One kind of export. */
export interface ExportSetup {
  readonly frames: number;
  readonly workers: readonly BenchWorkerSpec[];
  readonly fault?: PlannedFault;
  /** Exports of the same project, one after the other; the first knows nothing of the workers. */
  readonly runs: number;
}

const clock = createSystemClock();
const QUIET_MS_MAX = 10_000;

/** Who used the machine. */
interface MachineUse {
  readonly cpu: CpuTimes;
  /** Ticks of the farm and of this process. */
  readonly own: number;
}

async function readMachineUse(farm: BenchFarm): Promise<MachineUse> {
  const pids = [Deno.pid, farm.master.pid, ...farm.workers.map(({ process }) => process.pid)];
  return { cpu: await readCpuTimes(), own: await readFamilyTicks(pids) };
}

/** Shares of the machine, 0 to 1: what the farm used, and what others took away from it. */
function machineShares(
  before: MachineUse,
  after: MachineUse,
): { ownBusy: number; othersBusy: number } {
  const all = Math.max(1, after.cpu.all - before.cpu.all);
  const ownBusy = (after.own - before.own) / all;
  const busy = (after.cpu.busy - before.cpu.busy) / all;
  return { ownBusy, othersBusy: Math.max(0, busy - ownBusy) };
}

/**
 * Exports a project on a farm and holds the time from the launch of `olive submit` to its end against
 * the shortest that its workers could take. Every frame of the film is looked at.
 *
 * @returns The ratio of the first export; later ones are in the details.
 * @throws {Error} If the export fails, or the film is not what it should be.
 */
export async function measureExport(
  setup: ExportSetup,
  context: BenchContext,
): Promise<Measurement> {
  await using farm = await startBenchFarm(setup.workers);
  const project = await makeFakeProject(farm.folder, {
    frames: setup.frames,
    runner: context.runner,
  });
  const ratios: number[] = [];
  const details: Record<string, number | string> = {};
  for (let run = 1; run <= setup.runs; run++) {
    const { ratio, facts } = await exportOnce(setup, { farm, project, context, run });
    ratios.push(ratio);
    for (const [name, value] of Object.entries(facts)) {
      details[run === 1 ? name : `run${run}.${name}`] = value;
    }
  }
  const later = ratios.slice(1).map((ratio) => ratio.toFixed(3)).join(", ");
  details["note"] = [
    ...(later === "" ? [] : [`${later} once the workers' speeds are known`]),
    `others took ${percent(Number(details["othersBusy"]))} of the machine`,
  ].join("; ");
  return { value: ratios[0] ?? Infinity, details };
}

async function exportOnce(
  setup: ExportSetup,
  given: {
    readonly farm: BenchFarm;
    readonly project: string;
    readonly context: BenchContext;
    readonly run: number;
  },
): Promise<{ ratio: number; facts: Record<string, number> }> {
  const { farm, project, context, run } = given;
  const film = join(farm.folder, `film ${run}.mkv`);
  await untilQuiet(QUIET_MS_MAX);
  const before = await readMachineUse(farm);
  const exporting = farm.submit(project, film);
  const striking = strikeFault(setup, farm);
  const submitted = await exporting;
  const faultSeconds = await striking;
  if (submitted.outcome.code !== 0) {
    throw new Error(
      `olive submit: exit code ${submitted.outcome.code}\n${submitted.outcome.stderr}\n${farm.dump()}`,
    );
  }
  const boundSeconds = lowerBoundSeconds(
    setup.frames,
    setup.workers.map(({ name, fps }) => ({
      fps,
      untilSeconds: name === setup.fault?.worker ? faultSeconds : Infinity,
    })),
  );
  const { seconds } = submitted;
  const shares = machineShares(before, await readMachineUse(farm));
  const detail = await (await farm.client()).getJob(submitted.jobId);
  await assertWhole(film, { frames: setup.frames, context });
  const profile = profileJob(detail, submitted);
  const ratio = seconds / boundSeconds;
  context.say(
    `run ${run}: ${seconds.toFixed(2)} s, bound ${boundSeconds.toFixed(2)} s, ` +
      `ratio ${ratio.toFixed(3)}; of the machine the farm used ${percent(shares.ownBusy)}, ` +
      `others ${percent(shares.othersBusy)}`,
  );
  context.say(
    Object.entries(profile).map(([name, value]) => `${name} ${Number(value).toFixed(3)}`).join(
      ", ",
    ),
  );
  if (context.isVerbose) { for (const line of listAttempts(detail)) context.say(line); }
  return { ratio, facts: { ratio, seconds, boundSeconds, ...shares, ...profile } };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** Seconds after the launch at which the fault was there. */
async function strikeFault(setup: ExportSetup, farm: BenchFarm): Promise<number> {
  const { fault } = setup;
  if (fault === undefined) return Infinity;
  const launchedMs = clock.monotonicMs();
  await clock.sleep(1_000 * fault.atShare * lowerBoundSeconds(setup.frames, setup.workers));
  await fault.strike(farm);
  return (clock.monotonicMs() - launchedMs) / 1_000;
}

async function assertWhole(
  film: string,
  wanted: { readonly frames: number; readonly context: BenchContext },
): Promise<void> {
  const report = await readStamps(film, { frames: wanted.frames, runner: wanted.context.runner });
  if (isWhole(report)) return;
  const short = {
    ...report,
    duplicates: report.duplicates.slice(0, 20),
    misplaced: report.misplaced.slice(0, 20),
    unreadable: report.unreadable.slice(0, 20),
  };
  throw new Error(`The film is not what it should be: ${JSON.stringify(short)}`);
}
