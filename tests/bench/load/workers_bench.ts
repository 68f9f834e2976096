import { createSystemClock } from "../../../mod/core/mod.ts";
import type { Bench, BenchContext, Measurement } from "../bench.ts";
import { untilQuiet } from "../machine_load.ts";
import { countAttempts } from "./gap_bench.ts";
import { type LoadFarm, type LoadJob, startLoadFarm } from "./load_farm.ts";
import { loadText, type ProcessUse, residentMib, watchProcesses } from "./process_watch.ts";

const WORKERS = 1_000;
const PROCESSES = 4;
/** Few frames: what is measured is everything beside them. */
const SPEEDS = Array.from({ length: WORKERS }, (_, index) => 0.8 + (index % 5) / 10);
const IDLE_SECONDS = 30;
const BUSY_SECONDS = 60;
const JOB: LoadJob = {
  // More than they render in that time: the farm is full to the end.
  frames: 3 * BUSY_SECONDS * WORKERS,
  minPartSeconds: 20,
  maxPartSeconds: 30,
};
const SAMPLE_MS = 2_000;
const QUIET_MS_MAX = 20_000;
const clock = createSystemClock();

/** How many workers one master serves. */
export const WORKERS_BENCHES: readonly Bench[] = [{
  name: "workers",
  what: `leases lost by ${WORKERS} simulated workers on one master in ${BUSY_SECONDS} s, with ` +
    `parts of ${JOB.minPartSeconds} to ${JOB.maxPartSeconds} s`,
  unit: "lost",
  bar: { kind: "at most", value: 0 },
  measure: measureWorkers,
}];

async function measureWorkers(context: BenchContext): Promise<Measurement> {
  const { runner } = context;
  await using load = await startLoadFarm({ speeds: SPEEDS, processes: PROCESSES, runner });
  const project = await load.prepare(JOB);
  await untilQuiet(QUIET_MS_MAX);
  const idle = await watchPhase(load, IDLE_SECONDS);
  context.say(`idle: ${phaseText(idle)}`);
  const jobId = await load.submit(project, JOB);
  const busy = await watchPhase(load, BUSY_SECONDS);
  context.say(`busy: ${phaseText(busy)}`);
  const online = (await (await load.farm.client()).status()).workersOnline;
  const attempts = await countAttempts(load);
  await (await load.farm.client()).cancelJob(jobId);
  const reports = await load.endCrowd();
  for (const report of reports) for (const line of report.complaints) context.say(line.trim());
  const lost = attempts["attempts_lost"] ?? 0;
  const details = {
    online,
    ...attempts,
    partsPerSecond: (attempts["attempts_succeeded"] ?? 0) / busy.use.seconds,
    idleMasterProcessors: busyOf(idle.use, 0),
    idleMasterMib: idle.mibMax,
    busyMasterProcessors: busyOf(busy.use, 0),
    busyMasterMib: busy.mibMax,
    busyWorkersProcessors: busyOf(busy.use, 1),
    idleOthersShare: idle.use.othersShare,
    busyOthersShare: busy.use.othersShare,
    complaints: reports.reduce((sum, { complaintCount }) => sum + complaintCount, 0),
  };
  const percent = (processors: number): string => `${(100 * processors).toFixed(0)} %`;
  const note = `master: ${percent(details.busyMasterProcessors)} of a processor and ` +
    `${busy.mibMax.toFixed(0)} MiB, idle ${percent(details.idleMasterProcessors)}; ${loadText()}`;
  return { value: lost + (WORKERS - online), details: { ...details, note } };
}

/** What a time cost. */
interface Phase {
  /** Of the master, of the workers. */
  readonly use: ProcessUse;
  /** Most memory that the master held, MiB. */
  readonly mibMax: number;
}

async function watchPhase(load: LoadFarm, seconds: number): Promise<Phase> {
  const { pid } = load.farm.master;
  const watch = await watchProcesses([[pid], load.crowd.map((process) => process.pid)]);
  const endsAtMs = clock.monotonicMs() + 1_000 * seconds;
  let mibMax = 0;
  while (clock.monotonicMs() < endsAtMs) {
    await clock.sleep(SAMPLE_MS);
    mibMax = Math.max(mibMax, await residentMib(pid));
  }
  return { use: await watch.read(), mibMax };
}

function busyOf(use: ProcessUse, group: number): number {
  return use.processors[group] ?? 0;
}

function phaseText({ use, mibMax }: Phase): string {
  return `master ${busyOf(use, 0).toFixed(3)} processors, ${mibMax.toFixed(0)} MiB; ` +
    `workers ${busyOf(use, 1).toFixed(3)}; others ${(100 * use.othersShare).toFixed(0)} % of all`;
}
