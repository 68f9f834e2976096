import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { EventQueue } from "./event_queue.ts";
import { Film } from "./film.ts";
import { createRandom } from "./random.ts";
import { originalRule, OUR_RULE } from "./rules.ts";
import { makeScenario, type Scenario } from "./scenario.ts";
import { simulate } from "./simulate.ts";
import { scenarioBound } from "./simulation_bench.ts";

Deno.test("EventQueue runs events in order of time, then of addition, and never goes back", () => {
  const queue = new EventQueue();
  const ran: string[] = [];
  const add = (atMs: number, name: string): void =>
    queue.at(atMs, () => ran.push(`${name}@${queue.nowMs}`));
  add(30, "c");
  add(10, "a");
  queue.at(20, () => add(5, "late"));
  add(30, "d");
  add(20, "b");
  while (queue.step());
  assertEquals(ran, ["a@10", "b@20", "late@20", "c@30", "d@30"]);
});

Deno.test("Film.costOf() and framesFor() go through scenes at their cost", () => {
  const film = new Film(100, [{ startFrame: 0, cost: 0.5 }, { startFrame: 40, cost: 2 }]);
  assertEquals(film.costOf({ startFrame: 0, endFrame: 100 }), 140);
  assertEquals(film.costOf({ startFrame: 30, endFrame: 50 }), 25);
  assertEquals([4.9, 5, 24.9, 25, 1_000].map((cost) => film.framesFor(30, cost)), [
    9,
    10,
    19,
    20,
    70,
  ]);
});

Deno.test("makeScenario() makes the same farm of the same seed and another of another", () => {
  const make = (seed: number): Scenario => makeScenario({ kind: "kills", workers: 5, seed });
  assertEquals(JSON.stringify(make(3)), JSON.stringify(make(3)));
  assert(JSON.stringify(make(3)) !== JSON.stringify(make(4)));
});

for (const kind of ["calm", "joins", "kills", "hangs"] as const) {
  Deno.test(`simulate() ends a job on a farm that is ${kind}, not before it can`, () => {
    for (const seed of [1, 2, 3]) {
      const scenario = makeScenario({ kind, workers: 4, seed });
      const result = simulate(scenario, OUR_RULE);
      const ratio = result.seconds / scenarioBound(scenario);
      // Chance in the time of renders is 2 % each way.
      assert(ratio > 0.99 && ratio < 2, `seed ${seed}: ${ratio}`);
      assertEquals(simulate(scenario, OUR_RULE), result);
    }
  });
}

Deno.test("simulate() comes to the sum of the speeds for a worker alone without any cost", () => {
  const scenario: Scenario = {
    ...makeScenario({ kind: "calm", workers: 2, seed: 1 }),
    film: new Film(60_000, [{ startFrame: 0, cost: 1 }]),
    workers: [{ name: "a", fps: 100, slots: 1, startMs: 0, benchmarkFps: 100, joinsAtMs: 0 }],
    noise: 0,
    netMs: 0,
  };
  assertAlmostEquals(simulate(scenario, OUR_RULE).seconds, 600, 1);
});

Deno.test("originalRule() renders twice what our own rule renders once", () => {
  const scenario = makeScenario({ kind: "calm", workers: 8, seed: 5 });
  const original = originalRule(createRandom(5), () => 1);
  const theirs = simulate(scenario, original);
  const ours = simulate(scenario, OUR_RULE);
  assert(ours.seconds < theirs.seconds, `${ours.seconds} ${theirs.seconds}`);
  assert(ours.wastedShare < theirs.wastedShare, `${ours.wastedShare} ${theirs.wastedShare}`);
});
