import { join } from "@std/path";
import type { ProcessRunner } from "../../mod/process/mod.ts";
import { makeFakeProject } from "../bench/fake_project.ts";
import { recordMeltAnswers } from "./quick_melt.ts";
import { runProgram } from "../support/run_program.ts";
import { type OliveOutcome, runOlive } from "../support/olive.ts";

const WORKERS_MAX = 4;
const KIT_URL = "https://localhost:4747";

/**
 * What every round needs and none changes: certificates of a farm, and projects by their length.
 * Made once; each round works on a copy of the farm's folder.
 */
export class SoakKit {
  /** All of it. */
  readonly folder: string;
  readonly #runner: ProcessRunner;
  readonly #projects = new Map<number, Promise<string>>();

  /** Made by {@linkcode makeSoakKit}. */
  constructor(folder: string, runner: ProcessRunner) {
    this.folder = folder;
    this.#runner = runner;
  }

  /** Runs `ffmpeg` and the like. */
  get runner(): ProcessRunner {
    return this.#runner;
  }

  /** A project of so many frames, each of which carries its number. */
  project(frames: number): Promise<string> {
    const made = this.#projects.get(frames) ?? this.#makeProject(frames);
    this.#projects.set(frames, made);
    return made;
  }

  /** Copies the state folder of the master, or of a worker, to where it is not yet. */
  async copyState(name: string, to: string): Promise<void> {
    const from = join(this.folder, name === "master" ? name : `olive-${name}`);
    await Deno.mkdir(to, { recursive: true, mode: 0o700 });
    await runProgram("cp", ["-a", `${from}/.`, to]);
  }

  async #makeProject(frames: number): Promise<string> {
    const folder = join(this.folder, `project ${frames}`);
    await Deno.mkdir(folder);
    return await makeFakeProject(folder, { frames, name: "soak", runner: this.#runner });
  }
}

/** Makes the certificates of a master and of as many workers as a round can have. */
export async function makeSoakKit(folder: string, runner: ProcessRunner): Promise<SoakKit> {
  const state = ["--state-dir", join(folder, "master"), "--url", KIT_URL];
  await runCerts(["certs", "init", ...state, "--name", "soak"]);
  for (let index = 1; index <= WORKERS_MAX; index++) {
    await runCerts(["certs", "add", `w${index}`, ...state, "--out", folder]);
  }
  await recordMeltAnswers(folder);
  return new SoakKit(folder, runner);
}

async function runCerts(args: readonly string[]): Promise<OliveOutcome> {
  const outcome = await runOlive(args);
  if (outcome.code === 0) return outcome;
  throw new Error(`olive ${args.join(" ")}: exit code ${outcome.code}\n${outcome.stderr}`);
}
