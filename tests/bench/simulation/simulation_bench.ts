import { type Bench, type BenchContext, type Measurement, median, quantile } from "../bench.ts";
import { lowerBoundSeconds } from "../lower_bound.ts";
import { createRandom } from "./random.ts";
import { originalRule, OUR_RULE } from "./rules.ts";
import { makeScenario, type Scenario, type ScenarioKind } from "./scenario.ts";
import { simulate, type SimulationResult } from "./simulate.ts";

/** Workers of a farm, and how many farms of that size are simulated for each kind of scenario. */
const SIZES: readonly (readonly [workers: number, farms: number])[] = [
  [2, 12],
  [3, 12],
  [5, 12],
  [10, 12],
  [30, 8],
  [100, 4],
  [300, 2],
];
/** A decision looks at every worker, so the largest farm takes the longest by far. */
const LARGEST: typeof SIZES = [[1_000, 1]];
/** A bigger farm takes the original's rule too long. */
const ORIGINAL_WORKERS_MAX = 100;

interface SimulatedFarm {
  readonly workers: number;
  readonly ratio: number;
  readonly result: SimulationResult;
  readonly originalRatio?: number;
}

/** Exports on a simulated clock, with the master's own scheduling code. */
export const SIMULATION_BENCHES: readonly Bench[] = [
  {
    name: "simulation",
    what: "simulated clock, jobs of 10 to 40 minutes with uneven scenes, 2 to 300 uneven " +
      "workers, some of which come late: total / shortest possible, median",
    unit: "",
    bar: { kind: "at most", value: 1.03 },
    measure: (context) => measureKinds(["calm", "joins"], { context, share: 0.5 }),
  },
  {
    name: "simulation-p95",
    what: "the same, 95 of 100",
    unit: "",
    bar: { kind: "at most", value: 1.06 },
    measure: (context) => measureKinds(["calm", "joins"], { context, share: 0.95 }),
  },
  {
    name: "simulation-faults",
    what: "the same with a quarter of the workers killed, or their renderers hung once, median " +
      "(a killed one's speed counts till then)",
    unit: "",
    bar: { kind: "at most", value: 1.15 },
    measure: (context) => measureKinds(["kills", "hangs"], { context, share: 0.5 }),
  },
  {
    name: "simulation-1000",
    what: "the same with 1,000 uneven workers, one export",
    unit: "",
    bar: { kind: "at most", value: 1.06 },
    isLong: true,
    measure: (context) => measureKinds(["calm"], { context, share: 0.5, sizes: LARGEST }),
  },
];

/** Shortest time in which the workers of a scenario could do it, seconds. */
export function scenarioBound(scenario: Scenario): number {
  const { film, workers } = scenario;
  return lowerBoundSeconds(
    film.costOf({ startFrame: 0, endFrame: film.lengthFrames }),
    workers.map(({ fps, slots, joinsAtMs, diesAtMs = Infinity }) => ({
      fps: fps * slots,
      fromSeconds: joinsAtMs / 1_000,
      untilSeconds: diesAtMs / 1_000,
    })),
  );
}

const measured = new Map<string, readonly SimulatedFarm[]>();

function measureKinds(
  kinds: readonly ScenarioKind[],
  options: {
    readonly context: BenchContext;
    readonly share: number;
    readonly sizes?: typeof SIZES;
  },
): Promise<Measurement> {
  const { context, share, sizes = SIZES } = options;
  const farms = kinds.flatMap((kind) => {
    // Rows that differ in the share alone look at the same farms.
    const key = `${kind} ${context.seed} ${sizes.length}`;
    const known = measured.get(key) ?? simulateFarms(kind, { context, sizes });
    measured.set(key, known);
    return known;
  });
  const ratios = farms.map(({ ratio }) => ratio);
  const originals = farms.flatMap(({ originalRatio }) => originalRatio ?? []);
  return Promise.resolve({
    value: quantile(ratios, share),
    details: {
      seed: context.seed,
      farms: farms.length,
      median: median(ratios),
      p95: quantile(ratios, 0.95),
      worst: Math.max(...ratios),
      originalMedian: median(originals),
      originalP95: quantile(originals, 0.95),
      ...(originals.length === 0
        ? {}
        : { note: `the original's rule: ${quantile(originals, share).toFixed(3)}` }),
    },
  });
}

function simulateFarms(
  kind: ScenarioKind,
  { context, sizes }: { readonly context: BenchContext; readonly sizes: typeof SIZES },
): readonly SimulatedFarm[] {
  const all: SimulatedFarm[] = [];
  for (const [workers, count] of sizes) {
    const farms = Array.from(
      { length: count },
      (_, index) =>
        simulateFarm(makeScenario({ kind, workers, seed: farmSeed(context.seed, index) })),
    );
    const ratios = farms.map(({ ratio }) => ratio);
    const questions = median(farms.map(({ result }) => result.questions));
    context.say(
      `${kind}, ${workers} workers, seed ${context.seed}: median ${median(ratios).toFixed(4)}, ` +
        `worst ${Math.max(...ratios).toFixed(4)}, ${questions} questions`,
    );
    all.push(...farms);
  }
  return all;
}

function farmSeed(seed: number, index: number): number {
  return seed + 7_919 * index;
}

function simulateFarm(scenario: Scenario): SimulatedFarm {
  const boundSeconds = scenarioBound(scenario);
  const result = simulate(scenario, OUR_RULE);
  const workers = scenario.workers.length;
  const own = { workers, result, ratio: result.seconds / boundSeconds };
  if (workers > ORIGINAL_WORKERS_MAX) return own;
  const scores = new Map(scenario.workers.map((worker) => [worker.name, worker.benchmarkFps]));
  const rule = originalRule(createRandom(scenario.seed), ({ name }) => scores.get(name) ?? 0);
  return { ...own, originalRatio: simulate(scenario, rule).seconds / boundSeconds };
}
