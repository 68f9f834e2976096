import { join } from "@std/path";
import { createSystemClock } from "../../mod/core/mod.ts";
import type { BenchContext, Measurement } from "./bench.ts";
import { type BenchFarm, type BenchWorkerSpec, startBenchFarm } from "./bench_farm.ts";
import { makeFakeProject } from "./fake_project.ts";
import { listAttempts, profileJob } from "./job_profile.ts";
import { lowerBoundSeconds } from "./lower_bound.ts";
import { busyShare, readCpuTimes } from "./machine_load.ts";
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
  if (later !== "") details["note"] = `${later} once the workers' speeds are known`;
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
  const before = await readCpuTimes();
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
  const load = busyShare(before, await readCpuTimes());
  const detail = await (await farm.client()).getJob(submitted.jobId);
  await assertWhole(film, { frames: setup.frames, context });
  const profile = profileJob(detail, submitted);
  const ratio = seconds / boundSeconds;
  context.say(
    `run ${run}: ${seconds.toFixed(2)} s, bound ${boundSeconds.toFixed(2)} s, ` +
      `ratio ${ratio.toFixed(3)}, machine busy ${(100 * load).toFixed(0)} %`,
  );
  context.say(
    Object.entries(profile).map(([name, value]) => `${name} ${Number(value).toFixed(3)}`).join(
      ", ",
    ),
  );
  if (context.isVerbose) { for (const line of listAttempts(detail)) context.say(line); }
  return { ratio, facts: { ratio, seconds, boundSeconds, machineBusy: load, ...profile } };
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
