import { type Bench, type BenchContext, type Measurement, quantile } from "../bench.ts";
import { untilQuiet } from "../machine_load.ts";
import { type LoadFarm, type LoadJob, startLoadFarm } from "./load_farm.ts";
import { loadText, watchProcesses } from "./process_watch.ts";
import type { RenderSpan } from "./timed_renderer.ts";

const WORKERS = 50;
const PROCESSES = 5;
/** Uneven, so that ends of parts do not fall together, frames per second. */
const SPEEDS = Array.from({ length: WORKERS }, (_, index) => 8 + index % 9 / 2);
const SECONDS = 60;
const JOB: LoadJob = {
  frames: Math.round(SECONDS * SPEEDS.reduce((sum, fps) => sum + fps, 0)),
  minPartSeconds: 4,
  maxPartSeconds: 6,
};
const EXPORT_MS_MAX = 150_000;
const QUIET_MS_MAX = 20_000;

/** A slot that stood idle between two renders. */
interface Gap {
  readonly worker: number;
  /** Whether it came after the worker's first part of all: nobody knew yet when that would end. */
  readonly isFirst: boolean;
  /** When it began, milliseconds since 1970. */
  readonly atMs: number;
  readonly ms: number;
}

/** Times between the end of a render and the start of the next on the same slot. */
export function listGaps(spans: readonly (readonly RenderSpan[])[]): Gap[] {
  return spans.flatMap((own, worker) => {
    const sorted = own.toSorted((a, b) => a.startMs - b.startMs);
    return sorted.slice(1).map(({ startMs }, index) => {
      const atMs = sorted[index]?.endMs ?? startMs;
      return { worker, isFirst: index === 0, atMs, ms: startMs - atMs };
    });
  });
}

/** How long a slot stands idle between two parts. */
export const GAP_BENCHES: readonly Bench[] = [{
  name: "gap",
  what: `gap between two parts on one slot, ${WORKERS} workers of known speed with parts of ` +
    `${JOB.minPartSeconds} to ${JOB.maxPartSeconds} s, over mTLS, p99`,
  unit: "ms",
  bar: { kind: "at most", value: 50 },
  measure: measureGap,
}];

async function measureGap(context: BenchContext): Promise<Measurement> {
  const { runner } = context;
  await using load = await startLoadFarm({ speeds: SPEEDS, processes: PROCESSES, runner });
  const project = await load.prepare(JOB);
  await untilQuiet(QUIET_MS_MAX);
  const watch = await watchProcesses([
    [load.farm.master.pid],
    load.crowd.map(({ pid }) => pid),
  ]);
  const jobId = await load.submit(project, JOB);
  await load.untilState(jobId, { states: ["completed"], timeoutMs: EXPORT_MS_MAX });
  const { seconds, processors, othersShare } = await watch.read();
  const lastHandedOutMs = await readLastHandedOut(load);
  const attempts = await countAttempts(load);
  const reports = await load.endCrowd();
  const gaps = listGaps(reports.flatMap(({ spans }) => spans));
  // What ends after the last part was given away has nothing to go on with.
  const counted = gaps.filter(({ atMs }) => atMs <= lastHandedOutMs);
  const times = counted.filter(({ isFirst }) => !isFirst).map(({ ms }) => ms);
  const firstTimes = counted.filter(({ isFirst }) => isFirst).map(({ ms }) => ms);
  const [master = 0, workers = 0] = processors;
  for (const report of reports) for (const line of report.complaints) context.say(line.trim());
  if (context.isVerbose) sayWorst(context, counted, lastHandedOutMs);
  const details = {
    gaps: times.length,
    medianMs: quantile(times, 0.5),
    p90Ms: quantile(times, 0.9),
    p999Ms: quantile(times, 0.999),
    longestMs: Math.max(...times),
    firstMedianMs: quantile(firstTimes, 0.5),
    firstP90Ms: quantile(firstTimes, 0.9),
    withFirstP99Ms: quantile([...times, ...firstTimes], 0.99),
    over50Ms: times.filter((ms) => ms > 50).length,
    seconds,
    partsPerSecond: times.length / seconds,
    masterProcessors: master,
    workersProcessors: workers,
    othersShare,
    complaints: reports.reduce((sum, { complaintCount }) => sum + complaintCount, 0),
    ...attempts,
  };
  const note = `median ${details.medianMs.toFixed(2)} of ${times.length}; after a worker's first ` +
    `part of all ${details.firstMedianMs.toFixed(0)}; others took ` +
    `${(100 * othersShare).toFixed(0)} % of the machine, ${loadText()}`;
  return { value: quantile(times, 0.99), details: { ...details, note } };
}

/** When the last part was given to its first worker, milliseconds since 1970. */
async function readLastHandedOut(load: LoadFarm): Promise<number> {
  const [row] = await load.query<{ atMs: number }>(
    `SELECT max(first) AS "atMs" FROM (
      SELECT min(started_at_ms) AS first FROM attempt GROUP BY part_id)`,
  );
  return row?.atMs ?? 0;
}

/** Number of attempts in each state. */
export async function countAttempts(load: LoadFarm): Promise<Record<string, number>> {
  const rows = await load.query<{ state: string; count: number }>(
    "SELECT state, count(*) AS count FROM attempt GROUP BY state",
  );
  return Object.fromEntries(rows.map(({ state, count }) => [`attempts_${state}`, count]));
}

function sayWorst(context: BenchContext, gaps: readonly Gap[], untilMs: number): void {
  const worst = gaps.toSorted((a, b) => b.ms - a.ms).slice(0, 20);
  for (const { worker, atMs, ms } of worst) {
    const before = ((untilMs - atMs) / 1_000).toFixed(2);
    context.say(
      `${ms.toFixed(1)} ms on slot ${worker}, ${before} s before the last part was given`,
    );
  }
}
