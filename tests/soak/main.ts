/**
 * Exports films on farms of real processes while things break, and looks whether everything held.
 *
 *     deno task soak [--rounds N] [--seed S] [--keep-going] [--verbose]
 *
 * Each round is made of its seed alone: round number n has the seed S + n - 1. `--seed S --rounds 1`
 * repeats one.
 *
 * @module
 */
import { join } from "@std/path";
import { parseArgs } from "@std/cli";
import { createSystemRunner } from "../../mod/process/mod.ts";
import { findAbilities } from "./machine_abilities.ts";
import { makeReference } from "./make_reference.ts";
import { describeFault, drawRound, type RoundPlan } from "./round_plan.ts";
import { type RoundOutcome, type RoundSetup, runRound } from "./run_round.ts";
import { makeSoakKit } from "./soak_kit.ts";

const ROUNDS_DEFAULT = 200;
const SEED_DEFAULT = 1;

function describePlan(plan: RoundPlan): string {
  const workers = plan.workers.map(({ fps }) => fps).join("+");
  const { class: roundClass, frames, faults, leaseSeconds } = plan;
  const broken = faults.map(describeFault).join("; ");
  return `${roundClass}, ${frames} frames on ${workers} fps, lease ${leaseSeconds} s: ${broken}`;
}

function describeOutcome(outcome: RoundOutcome): string {
  const { wrong, seconds, jobSeconds, parts, attempts } = outcome;
  return `${wrong.length === 0 ? "good" : "BAD"} in ${seconds.toFixed(1)} s ` +
    `(job ${jobSeconds.toFixed(1)} s, ${parts} parts, ${attempts} attempts)`;
}

/** Runs one round in a folder that stays if something was wrong. */
async function runKept(plan: RoundPlan, setup: RoundSetup): Promise<RoundOutcome> {
  const folder = await Deno.makeTempDir({ prefix: `olive-soak-${plan.seed}-` });
  const outcome = await runRound(plan, { ...setup, folder });
  if (outcome.wrong.length === 0) {
    await Deno.remove(folder, { recursive: true });
    return outcome;
  }
  await Deno.writeTextFile(join(folder, "output.txt"), outcome.dump);
  await Deno.writeTextFile(join(folder, "plan.json"), JSON.stringify(plan, null, 2));
  for (const line of outcome.wrong) console.error(`  wrong: ${line}`);
  console.error(`  kept: ${folder}`);
  console.error(`  again: deno task soak --seed ${plan.seed} --rounds 1`);
  return outcome;
}

async function main(): Promise<boolean> {
  const flags = parseArgs(Deno.args, {
    string: ["rounds", "seed"],
    boolean: ["keep-going", "verbose"],
    unknown: (arg) => {
      throw new RangeError(`Cannot use ${arg}: see the head of tests/soak/main.ts`);
    },
  });
  const rounds = Number(flags.rounds ?? ROUNDS_DEFAULT);
  const firstSeed = Number(flags.seed ?? SEED_DEFAULT);
  if (!Number.isInteger(rounds) || !Number.isInteger(firstSeed)) {
    throw new RangeError("Cannot soak: --rounds and --seed are whole numbers");
  }
  const runner = createSystemRunner({ env: (name) => Deno.env.get(name) });
  const abilities = await findAbilities();
  for (const reason of abilities.reasons) console.log(reason);
  const folder = await Deno.makeTempDir({ prefix: "olive-soak-kit-" });
  const kit = await makeSoakKit(folder, runner);
  const reference = await makeReference(kit, { abilities });
  console.log(`${rounds} rounds from seed ${firstSeed}`);
  const bad: number[] = [];
  let struck = 0;
  for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
    const plan = drawRound(seed);
    console.log(`seed ${seed}: ${describePlan(plan)}`);
    const outcome = await runKept(plan, { kit, abilities, reference });
    console.log(`  ${describeOutcome(outcome)}`);
    if (flags.verbose === true) {
      for (const each of outcome.struck) {
        console.log(`  ${describeFault(each.fault)}: ${each.evidence}`);
      }
    }
    struck += outcome.struck.length;
    if (outcome.wrong.length === 0) continue;
    bad.push(seed);
    if (flags["keep-going"] !== true) {
      console.error(outcome.dump);
      break;
    }
  }
  await Deno.remove(folder, { recursive: true });
  console.log(
    bad.length === 0
      ? `All good: ${rounds} rounds, ${struck} faults`
      : `Bad: ${bad.length}, seeds ${bad.join(", ")}`,
  );
  return bad.length === 0;
}

if (!await main()) Deno.exitCode = 1;
