import type { Bench, BenchContext, Measurement } from "./bench.ts";
import type { BenchWorkerSpec } from "./bench_farm.ts";
import { type ExportSetup, measureExport, type PlannedFault } from "./export_bench.ts";

const FRAMES = 18_000;
const UNEVEN: readonly BenchWorkerSpec[] = [
  { name: "slow", fps: 60 },
  { name: "middle", fps: 120 },
  { name: "fast", fps: 240 },
];
const QUICK_FACTOR = 4;
const EQUAL_COUNT = 8;
const HALF_WAY = 0.5;

const EQUAL: readonly BenchWorkerSpec[] = Array.from(
  { length: EQUAL_COUNT },
  (_, index) => ({ name: `equal-${index + 1}`, fps: 120 }),
);

/** Time of whole exports against the shortest possible. */
export const FARM_BENCHES: readonly Bench[] = [
  exportBench("makespan", {
    what: "18,000 frames on workers of 60, 120 and 240 frames/s: total / shortest possible",
    bar: 1.1,
    setup: { frames: FRAMES, workers: UNEVEN, runs: 2 },
  }),
  exportBench("quick", {
    what: "the same four times as fast (a ten-second job)",
    bar: 1.25,
    setup: {
      frames: FRAMES,
      workers: UNEVEN.map((worker) => ({ ...worker, fps: QUICK_FACTOR * worker.fps })),
      runs: 3,
    },
  }),
  exportBench("equal", {
    what: "the same on eight equal workers of 120 frames/s",
    bar: 1.15,
    setup: { frames: FRAMES, workers: EQUAL, runs: 2 },
  }),
  {
    name: "twice",
    what: "frames rendered twice on eight equal workers",
    unit: "%",
    bar: { kind: "at most", value: 5 },
    async measure(context: BenchContext): Promise<Measurement> {
      const setup = { frames: FRAMES, workers: EQUAL, runs: 1 };
      const { details } = await measureExport(setup, context);
      return { value: 100 * Number(details["renderedTwice"]), details };
    },
  },
  faultBench("killed", {
    what: "a worker killed half way",
    fault: { worker: "middle", atShare: HALF_WAY, strike: (farm) => farm.kill("middle") },
  }),
  faultBench("frozen", {
    what: "a worker hung half way (SIGSTOP)",
    fault: { worker: "middle", atShare: HALF_WAY, strike: (farm) => farm.freeze("middle") },
  }),
  faultBench("hung", {
    what: "a renderer hung half way",
    fault: {
      worker: "middle",
      atShare: HALF_WAY,
      strike: (farm) => farm.worker("middle").melt.change({ isHung: true }),
    },
  }),
];

function exportBench(
  name: string,
  row: { readonly what: string; readonly bar: number; readonly setup: ExportSetup },
): Bench {
  const { what, bar, setup } = row;
  return {
    name,
    what,
    unit: "",
    bar: { kind: "at most", value: bar },
    measure: (context) => measureExport(setup, context),
  };
}

function faultBench(
  name: string,
  row: { readonly what: string; readonly fault: PlannedFault },
): Bench {
  const what =
    `18,000 frames on 60, 120 and 240 frames/s, ${row.what} (its speed counts till then)`;
  const setup = { frames: FRAMES, workers: UNEVEN, runs: 1, fault: row.fault };
  return exportBench(name, { what, bar: 1.15, setup });
}
