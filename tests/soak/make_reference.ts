import { join } from "@std/path";
import { listPictures } from "./check_film.ts";
import type { MachineAbilities } from "./machine_abilities.ts";
import { FRAMES_MAX, type RoundPlan } from "./round_plan.ts";
import { runRound } from "./run_round.ts";
import type { SoakKit } from "./soak_kit.ts";

const FPS = 2_000;

/** A round without a fault, on one quick worker. */
function undisturbed(frames: number): RoundPlan {
  return {
    seed: 0,
    class: "losses",
    workers: [{ name: "w1", fps: FPS, startSeconds: 0 }],
    frames,
    leaseSeconds: 10,
    minPartSeconds: 1,
    maxPartSeconds: 90,
    faults: [],
    poison: undefined,
  };
}

/**
 * Pictures of a film that nothing disturbed.
 *
 * @param kit What rounds are made of.
 * @param options What the machine can do; how long the film is, the longest of all rounds if absent.
 * @throws {Error} If even that goes wrong.
 */
export async function makeReference(
  kit: SoakKit,
  options: { readonly abilities: MachineAbilities; readonly frames?: number },
): Promise<readonly string[]> {
  const folder = join(kit.folder, "reference");
  await Deno.mkdir(folder);
  const plan = undisturbed(options.frames ?? FRAMES_MAX);
  const outcome = await runRound(plan, { kit, folder, reference: undefined, ...options });
  if (outcome.wrong.length > 0) {
    throw new Error(
      `An undisturbed export went wrong: ${outcome.wrong.join("; ")}\n${outcome.dump}`,
    );
  }
  return await listPictures(outcome.film);
}
