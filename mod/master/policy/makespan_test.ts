import { assert, assertEquals } from "@std/assert";
import { createSeededRandom } from "./seeded_random_test.ts";
import { simulate } from "./simulated_farm_test.ts";
import type { SimulatedEnd, SimulatedWorker } from "./simulated_job_test.ts";

/** What submission, registration of news and the join cost beside the scheduling, milliseconds. */
const FIXED_MS = 650;

function totalRatio(end: SimulatedEnd): number {
  return (end.endMs + FIXED_MS) / end.boundMs;
}

interface WorkerOptions {
  /** What the master knows at first: nothing, or the true speed times a factor that differs by worker. */
  readonly known: false | number;
  readonly fault?: { readonly index: number; readonly facts: Partial<SimulatedWorker> };
}

function makeWorkers(speeds: readonly number[], options: WorkerOptions): SimulatedWorker[] {
  const { known, fault } = options;
  return speeds.map((fps, index) => ({
    name: `w${index}`,
    fps,
    startMs: 300,
    ...(known === false ? {} : {
      remembered: { fps: fps * known ** (index % 3 - 1), startMs: 300, sampleCount: 5 },
    }),
    ...(fault?.index === index ? fault.facts : {}),
  }));
}

/** Speeds remembered exactly, remembered 20 % wrong, unknown. */
const KNOWLEDGE = [1, 1.2, false] as const;

Deno.test("18,000 frames on workers of 60, 120 and 240 fps end within 1.10 of what is possible", () => {
  for (const known of KNOWLEDGE) {
    const workers = makeWorkers([60, 120, 240], { known });
    const ratio = totalRatio(simulate({ workers, frames: 18_000 }));
    assert(ratio <= 1.08, `known ${known}: ${ratio}`);
  }
});

Deno.test("the same four times as fast ends within 1.25 of what is possible", () => {
  for (const known of KNOWLEDGE) {
    const workers = makeWorkers([240, 480, 960], { known });
    const ratio = totalRatio(simulate({ workers, frames: 18_000 }));
    assert(ratio <= 1.2, `known ${known}: ${ratio}`);
  }
});

Deno.test("eight equal workers end within 1.15, with less than 5 % rendered twice", () => {
  for (const known of KNOWLEDGE) {
    const workers = makeWorkers(Array.from({ length: 8 }, () => 120), { known });
    const end = simulate({ workers, frames: 18_000 });
    assert(totalRatio(end) <= 1.12, `known ${known}: ${totalRatio(end)}`);
    assert(end.wasted < 0.05, `known ${known}: ${end.wasted}`);
  }
});

/** Total over possible, with one of three workers struck at moments all around the middle, ascending. */
function strike(index: number, factsAt: (atMs: number) => Partial<SimulatedWorker>): number[] {
  const ratios: number[] = [];
  for (const known of KNOWLEDGE) {
    for (let atMs = 16_000; atMs <= 27_000; atMs += 500) {
      const fault = { index, facts: factsAt(atMs) };
      const workers = makeWorkers([60, 120, 240], { known, fault });
      ratios.push(totalRatio(simulate({ workers, frames: 18_000 })));
    }
  }
  return ratios.sort((a, b) => a - b);
}

function quantile(ratios: readonly number[], share: number): number {
  return ratios[Math.min(ratios.length - 1, Math.floor(share * ratios.length))] ?? NaN;
}

Deno.test("a worker killed half way, noticed by its lease, costs no more than 1.15", () => {
  const kill = (killAtMs: number): Partial<SimulatedWorker> => ({ killAtMs, noticeMs: 10_000 });
  for (const index of [0, 1]) {
    const ratios = strike(index, kill);
    assert(quantile(ratios, 0.95) <= 1.15, `worker ${index}: ${quantile(ratios, 0.95)}`);
  }
  // Of the fastest, more than half of the farm, the part in its hands weighs most.
  assert(quantile(strike(2, kill), 0.5) <= 1.17);
});

Deno.test("a worker whose renders all hang from half way on costs no more than 1.15 in the middle", () => {
  for (const index of [0, 1]) {
    const ratios = strike(index, (hangAtMs) => ({ hangAtMs }));
    assert(quantile(ratios, 0.5) <= 1.15, `worker ${index}: ${quantile(ratios, 0.5)}`);
  }
});

/** A job of ten to thirty minutes with scenes of uneven cost on workers of uneven speed. */
function makeLongJob(
  seed: number,
  options: { readonly count: number; readonly isKnown: boolean },
): { readonly workers: SimulatedWorker[]; readonly frames: number; readonly costs: Float64Array } {
  const random = createSeededRandom(seed);
  const { count, isKnown } = options;
  const workers = Array.from({ length: count }, (_, index): SimulatedWorker => {
    const fps = 5 * 20 ** random();
    const startMs = 200 + 400 * random();
    const remembered = { fps: fps * (0.8 + 0.4 * random()), startMs: 300, sampleCount: 4 };
    return { name: `w${index}`, fps, startMs, ...(isKnown ? { remembered } : {}) };
  });
  const speed = workers.reduce((sum, worker) => sum + worker.fps, 0);
  const frames = Math.round(speed * (600 + 1_200 * random()));
  const costs = new Float64Array(frames);
  let sum = 0;
  let cost = 1;
  let sceneEnd = 0;
  for (let frame = 0; frame < frames; frame++) {
    if (frame >= sceneEnd) {
      cost = 0.5 * 4 ** random();
      sceneEnd = frame + 1 + Math.floor(frames * 0.15 * random());
    }
    costs[frame] = cost;
    sum += cost;
  }
  for (let frame = 0; frame < frames; frame++) costs[frame] = (costs[frame] ?? 0) * frames / sum;
  return { workers, frames, costs };
}

Deno.test("jobs of ten minutes and more end within 1.03 in the median and 1.06 at 95 %", () => {
  const ratios: number[] = [];
  for (const isKnown of [true, false]) {
    for (const count of [2, 2, 2, 3, 3, 5, 5, 8, 12, 20, 40]) {
      ratios.push(simulate(makeLongJob(ratios.length, { count, isKnown })).ratio);
    }
  }
  ratios.sort((a, b) => a - b);
  assert(quantile(ratios, 0.5) <= 1.015, `median ${quantile(ratios, 0.5)}`);
  assert(quantile(ratios, 0.95) <= 1.03, `95 %: ${quantile(ratios, 0.95)}`);
});

Deno.test("workers that join during a job take their share of it", () => {
  const workers = makeWorkers([60, 120, 240], {
    known: false,
    fault: { index: 2, facts: { joinAtMs: 20_000 } },
  });
  assert(totalRatio(simulate({ workers, frames: 18_000 })) <= 1.1);
});

Deno.test("the sound is rendered beside the pictures and does not end last", () => {
  const workers = makeWorkers([60, 120, 240], { known: 1 });
  // Eight seconds on the slowest, two on the fastest.
  const end = simulate({ workers, frames: 18_000, audioFrames: 480 });
  assert(end.endMs / (end.boundMs + 480 / 420 * 1_000) <= 1.08, `${end.ratio}`);
});

Deno.test("a job with one poisonous frame fails after three workers, or all there are", () => {
  for (const count of [1, 2, 3, 6]) {
    const workers = makeWorkers(Array.from({ length: count }, () => 100), { known: 1 });
    const end = simulate({
      workers,
      frames: 6_000,
      poison: (_worker, range) => range.startFrame <= 4_000 && 4_000 < range.endFrame,
    });
    assertEquals(end.isFailed, true);
  }
});

Deno.test("a worker that fails everything does not keep a job from its end", () => {
  const workers = makeWorkers([60, 120, 240], { known: 1 });
  const end = simulate({ workers, frames: 18_000, poison: (worker) => worker === "w1" });
  assertEquals(end.isFailed, false);
});
