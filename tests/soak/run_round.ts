import { join } from "@std/path";
import { createSystemClock } from "../../mod/core/mod.ts";
import type { JobView } from "../../mod/wire/mod.ts";
import { checkFilm } from "./check_film.ts";
import { checkLeavings } from "./check_leavings.ts";
import { checkRecord, readRecord } from "./check_record.ts";
import type { MachineAbilities } from "./machine_abilities.ts";
import { describeFault, type Fault, MASTER, type RoundPlan } from "./round_plan.ts";
import { POISON_WORDS, SoakFarm } from "./soak_farm.ts";
import type { SoakKit } from "./soak_kit.ts";
import { strikeFault, type Struck } from "./strike_fault.ts";

/** What a round needs beside its plan. */
export interface RoundSetup {
  readonly kit: SoakKit;
  readonly abilities: MachineAbilities;
  /** Pictures of an undisturbed film that is at least as long; absent while that is made. */
  readonly reference: readonly string[] | undefined;
}

/** How a round ended. */
export interface RoundOutcome {
  /** What is wrong, one sentence each; empty for a good round. */
  readonly wrong: readonly string[];
  readonly struck: readonly Struck[];
  /** Faults that this machine cannot have. */
  readonly left: readonly Fault[];
  /** From the submission to the end of the job, and of the whole round. */
  readonly jobSeconds: number;
  readonly seconds: number;
  /** Path of the film. */
  readonly film: string;
  /** All that the processes printed; empty for a good round. */
  readonly dump: string;
  /** Parts and attempts that the job had. */
  readonly parts: number;
  readonly attempts: number;
}

const JOB_MS_MAX = 90_000;
const POLL_MS = 50;
const ASK_MS_MAX = 1_500;
/** The clock of a process is read off its log, which is a little older. */
const CLOCK_SLACK_SECONDS = 20;
const FILM = "film.mkv";
const clock = createSystemClock();

/** Carries out one round in a folder of its own and looks whether everything held. */
export async function runRound(
  plan: RoundPlan,
  setup: RoundSetup & { readonly folder: string },
): Promise<RoundOutcome> {
  const { abilities, kit, folder } = setup;
  const startedMs = clock.monotonicMs();
  await using farm = new SoakFarm({ plan, kit, abilities, folder });
  const round = new Round(plan, { ...setup, farm });
  try {
    await round.run();
  } catch (error) {
    round.wrong.push(error instanceof Error ? error.stack ?? error.message : String(error));
  }
  return {
    wrong: round.wrong,
    struck: round.struck,
    left: plan.faults.filter((fault) => !isPossible(fault, abilities)),
    jobSeconds: round.jobSeconds,
    seconds: (clock.monotonicMs() - startedMs) / 1_000,
    film: join(farm.filmFolder, FILM),
    dump: round.wrong.length === 0 ? "" : farm.dump(),
    parts: round.parts,
    attempts: round.attempts,
  };
}

function isPossible({ kind }: Fault, abilities: MachineAbilities): boolean {
  if (kind === "full_disk") return abilities.canMount;
  if (kind === "clock_jump") return abilities.clockLibrary !== undefined;
  return true;
}

class Round {
  readonly wrong: string[] = [];
  readonly struck: Struck[] = [];
  jobSeconds = 0;
  parts = 0;
  attempts = 0;
  readonly #plan: RoundPlan;
  readonly #setup: RoundSetup & { readonly folder: string; readonly farm: SoakFarm };

  constructor(
    plan: RoundPlan,
    setup: RoundSetup & { readonly folder: string; readonly farm: SoakFarm },
  ) {
    this.#plan = plan;
    this.#setup = setup;
  }

  async run(): Promise<void> {
    const { farm, folder, kit, reference } = this.#setup;
    const { frames, poison } = this.#plan;
    const project = await kit.project(frames);
    await farm.start();
    const jobId = await this.#submit(project);
    const startedMs = clock.monotonicMs();
    const striking = this.#strikeAll(startedMs);
    striking.catch(() => undefined);
    const job = await this.#untilEnded(jobId, poison === undefined ? "completed" : "failed");
    await striking;
    if (poison !== undefined) await this.#retry(job);
    this.jobSeconds = (clock.monotonicMs() - startedMs) / 1_000;
    farm.assertAlive();
    await farm.stop();
    this.#checkFaults();
    const record = await readRecord(join(farm.member(MASTER).stateDir, "olive.db"), jobId);
    this.parts = record.parts.length;
    this.attempts = record.attempts.length;
    this.wrong.push(
      ...checkRecord(record, { mayFail: this.#plan.class !== "losses" }),
      ...await checkFilm(join(farm.filmFolder, FILM), { frames, reference, runner: kit.runner }),
      ...await checkLeavings(farm, { folder, jobId, film: FILM }),
    );
  }

  async #submit(project: string): Promise<string> {
    const { farm } = this.#setup;
    const { minPartSeconds, maxPartSeconds } = this.#plan;
    const { job } = await farm.client.submit({
      projectPath: project,
      outputPath: join(farm.filmFolder, FILM),
      preset: "lossless",
      minPartSeconds,
      maxPartSeconds: Math.max(minPartSeconds, maxPartSeconds),
    });
    return job.id;
  }

  async #strikeAll(startedMs: number): Promise<void> {
    const { farm, abilities } = this.#setup;
    const possible = this.#plan.faults.filter((fault) => isPossible(fault, abilities));
    // Those of one target one after the other, however long a restart takes.
    const turns = new Map<string, Promise<void>>();
    await Promise.all(possible.map(async (fault) => {
      const before = turns.get(fault.target);
      const turn = Promise.withResolvers<void>();
      turns.set(fault.target, turn.promise);
      try {
        await before;
        await clock.sleep(startedMs + 1_000 * fault.atSeconds - clock.monotonicMs());
        this.struck.push(await strikeFault(fault, farm));
      } finally {
        turn.resolve();
      }
    }));
  }

  async #untilEnded(jobId: string, wanted: JobView["state"]): Promise<JobView> {
    const { farm } = this.#setup;
    const endsAtMs = clock.monotonicMs() + JOB_MS_MAX;
    let last: JobView | undefined;
    for (;;) {
      farm.assertAlive();
      const detail = await farm.ask(() => farm.client.getJob(jobId, { timeoutMs: ASK_MS_MAX }));
      last = detail?.job ?? last;
      if (last !== undefined && ["completed", "failed", "cancelled"].includes(last.state)) {
        if (last.state === wanted) return last;
        throw new Error(`The job is ${last.state}, must be ${wanted}: ${last.reason}`);
      }
      if (clock.monotonicMs() > endsAtMs) {
        throw new Error(`The job never ended: ${JSON.stringify(detail ?? last)}`);
      }
      await clock.sleep(POLL_MS);
    }
  }

  /** The job failed over frames that nobody could render; now everybody can. */
  async #retry(failed: JobView): Promise<void> {
    const { farm } = this.#setup;
    if (!failed.reason.includes(POISON_WORDS)) {
      this.wrong.push(`the reason lacks the renderer's words: ${failed.reason}`);
    }
    for (const { melt, name, stateDir } of farm.members) {
      if (melt === undefined) continue;
      // A message that no frame meets.
      await melt.change({
        failure: { startFrame: -1, endFrame: -1, message: `${name}${stateDir}` },
      });
    }
    await farm.client.patchJob(failed.id, { action: "retry" });
    await this.#untilEnded(failed.id, "completed");
  }

  #checkFaults(): void {
    const { farm } = this.#setup;
    for (const { fault, evidence } of this.struck) {
      if (evidence === undefined) {
        this.wrong.push(`a fault did not happen: ${describeFault(fault)}`);
      }
    }
    const jumps = new Map(
      this.#plan.faults.filter((fault) => fault.kind === "clock_jump").map((
        fault,
      ) => [fault.target, fault.jumpSeconds]),
    );
    for (const [target, jumpSeconds] of jumps) {
      const { clockFile, process } = farm.member(target);
      if (clockFile === undefined) continue;
      const told = process.output.match(/"ts":"([^"]+)"/g)?.at(-1)?.slice(6, -1) ?? "";
      const offSeconds = (new Date(told).getTime() - clock.nowMs()) / 1_000 - jumpSeconds;
      if (!(Math.abs(offSeconds) < CLOCK_SLACK_SECONDS)) {
        this.wrong.push(`the clock of ${target} did not jump by ${jumpSeconds} s: log at ${told}`);
      }
    }
  }
}
