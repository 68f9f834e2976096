import { type Film, randomFilm } from "./film.ts";
import { createRandom, type Random } from "./random.ts";

/** A worker of a simulated farm. */
export interface ScenarioWorker {
  readonly name: string;
  /** Frames of mean hardness per second and slot. */
  readonly fps: number;
  readonly slots: number;
  /** Fixed cost of a render, milliseconds. */
  readonly startMs: number;
  /** Frames per second on the built-in sample; 0 if not measured. */
  readonly benchmarkFps: number;
  /** When it comes, milliseconds; 0 for one that is there from the start. */
  readonly joinsAtMs: number;
  /** When it is killed, or freezes with all of its programs; absent: never. */
  readonly diesAtMs?: number;
  /** When what it renders hangs, once; absent: never. */
  readonly hangsAtMs?: number;
}

/** What goes wrong on a farm. */
export type ScenarioKind = "calm" | "joins" | "kills" | "hangs";

/** All that happens in one simulated export. */
export interface Scenario {
  readonly kind: ScenarioKind;
  readonly seed: number;
  readonly film: Film;
  readonly workers: readonly ScenarioWorker[];
  /** Milliseconds of a message from one machine to another. */
  readonly netMs: number;
  /** How much a render's time differs by chance: a standard deviation, as a share. */
  readonly noise: number;
}

/** What a scenario is made from. */
export interface ScenarioOptions {
  readonly kind: ScenarioKind;
  /** Workers, 2 or more. */
  readonly workers: number;
  readonly seed: number;
}

const SECONDS_MIN = 600;
const SECONDS_MAX = 2_400;
/** Of a machine's speed against the slowest one's. */
const SPEEDS = [4, 64] as const;
const START_MS = [200, 600] as const;
const SCENES_PER_MINUTE = 3;
const UNEVENNESS_MAX = 3;
/** A project is as much harder or easier than the sample on one machine as on another, but for this. */
const BENCHMARK_DOUBT = 0.2;
const FAULT_SHARE = 0.25;

/** Makes the scenario of a seed: a job of ten to forty minutes on uneven workers. */
export function makeScenario(options: ScenarioOptions): Scenario {
  const random = createRandom(options.seed);
  const seconds = random.spread(SECONDS_MIN, SECONDS_MAX);
  const sampleRatio = random.spread(1 / 3, 3);
  const workers = Array.from(
    { length: options.workers },
    (_, index) => makeWorker(random, { ...options, index, sampleRatio, seconds }),
  );
  const fps = workers.reduce((sum, worker) => sum + worker.fps * worker.slots, 0);
  const lengthFrames = Math.round(fps * seconds);
  const film = randomFilm(lengthFrames, {
    scenes: Math.max(1, Math.round(SCENES_PER_MINUTE * seconds / 60)),
    unevenness: random.between(1, UNEVENNESS_MAX),
    random,
  });
  return {
    kind: options.kind,
    seed: options.seed,
    film,
    workers,
    netMs: random.between(1, 40),
    noise: 0.02,
  };
}

function makeWorker(
  random: Random,
  facts: ScenarioOptions & {
    readonly index: number;
    readonly sampleRatio: number;
    readonly seconds: number;
  },
): ScenarioWorker {
  const { index, kind, sampleRatio, seconds } = facts;
  const fps = random.spread(...SPEEDS);
  const benchmarkFps = fps * sampleRatio * Math.exp(BENCHMARK_DOUBT * random.normal());
  const worker = {
    name: `w${index}`,
    fps,
    slots: random.next() < 0.2 ? 2 : 1,
    startMs: random.between(...START_MS),
    benchmarkFps,
    joinsAtMs: 0,
  };
  const momentMs = 1_000 * seconds * random.between(0.1, 0.9);
  // One is always there, and always well.
  const isHit = index > 0 && (random.next() < FAULT_SHARE || index === 1);
  if (!isHit || kind === "calm") return worker;
  if (kind === "joins") return { ...worker, joinsAtMs: momentMs };
  return kind === "kills" ? { ...worker, diesAtMs: momentMs } : { ...worker, hangsAtMs: momentMs };
}
