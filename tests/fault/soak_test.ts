import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { createSystemRunner } from "../../mod/process/mod.ts";
import { findAbilities } from "../soak/machine_abilities.ts";
import { makeReference } from "../soak/make_reference.ts";
import type { Fault, RoundPlan } from "../soak/round_plan.ts";
import { runRound } from "../soak/run_round.ts";
import { makeSoakKit } from "../soak/soak_kit.ts";
import { skipUnless } from "../support/skip.ts";
import { makeTemp } from "../support/temp.ts";

const FRAMES = 300;
const runner = createSystemRunner({ env: (name) => Deno.env.get(name) });

const BASE: Omit<RoundPlan, "class" | "faults"> = {
  seed: 0,
  workers: [
    { name: "w1", fps: 60, startSeconds: 0.1 },
    { name: "w2", fps: 120, startSeconds: 0.1 },
  ],
  frames: FRAMES,
  leaseSeconds: 2,
  minPartSeconds: 0.3,
  maxPartSeconds: 1,
  poison: undefined,
};

const MASTER_AND_WORKER_KILLED: readonly Fault[] = [
  { kind: "kill", target: "w1", atSeconds: 0.3, seconds: 0.2 },
  { kind: "kill", target: "master", atSeconds: 0.7, seconds: 0.2 },
];
const CABLE_PULLED: readonly Fault[] = [
  { kind: "network", how: "blackhole", target: "w2", atSeconds: 0.4, seconds: 1.5 },
  { kind: "stop", target: "w1", atSeconds: 0.8, seconds: 0.5 },
  { kind: "full_disk", target: "master", atSeconds: 1, seconds: 0.5 },
];
const RENDERER_DIES: readonly Fault[] = [
  { kind: "bad_render", how: "die", frame: 100, target: "w2", atSeconds: 0, seconds: 0 },
  { kind: "kill", target: "master", atSeconds: 1, seconds: 0.1 },
];

const ROUNDS: Readonly<Record<string, Pick<RoundPlan, "class" | "faults" | "poison">>> = {
  "a worker and the master are killed": {
    class: "losses",
    faults: MASTER_AND_WORKER_KILLED,
    poison: undefined,
  },
  "the network goes silent, a worker stands still, the master's disk is full": {
    class: "losses",
    faults: CABLE_PULLED,
    poison: undefined,
  },
  "one worker's renderer dies and the master is killed": {
    class: "failures",
    faults: RENDERER_DIES,
    poison: undefined,
  },
  "nobody can render some frames, until somebody can": {
    class: "poison",
    faults: [],
    poison: { startFrame: 140, endFrame: 150 },
  },
};

Deno.test({
  name: "soak: the film and its record are whole, whatever breaks",
  ignore: skipUnless(Deno.build.os === "linux", "the soak stops and finds processes by /proc"),
  async fn(test): Promise<void> {
    await using folder = await makeTemp("soak");
    const kit = await makeSoakKit(folder.path, runner);
    const abilities = await findAbilities();
    const reference = await makeReference(kit, { abilities, frames: FRAMES });
    for (const [name, round] of Object.entries(ROUNDS)) {
      await test.step(name, async () => {
        const own = join(folder.path, name);
        await Deno.mkdir(own);
        const outcome = await runRound({ ...BASE, ...round }, {
          kit,
          abilities,
          reference,
          folder: own,
        });
        assertEquals(outcome.wrong, [], outcome.dump);
        assertEquals(outcome.struck.length + outcome.left.length, round.faults.length);
      });
    }
  },
});
