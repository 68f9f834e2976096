import { join } from "@std/path";
import { connectAs, type FarmConnection, findIdentity } from "../../cmd/farm_connection.ts";
import type { MasterClient } from "../../mod/client/mod.ts";
import { createSystemClock, isDomainError } from "../../mod/core/mod.ts";
import { type OliveOutcome, OliveProcess, runOlive } from "../support/olive.ts";
import { findFreePort } from "../support/ports.ts";
import { listDescendants } from "../support/process_tree.ts";
import { type FakeMelt, installFakeMelt } from "./install_fake_melt.ts";
import type { FakeMeltSettings } from "./renderer/settings.ts";

/** A worker of the farm: its name, and how its renderer behaves. */
export interface BenchWorkerSpec extends Partial<FakeMeltSettings> {
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly fps: number;
}

/** A running worker. */
export interface BenchWorker {
  readonly spec: BenchWorkerSpec;
  readonly process: OliveProcess;
  readonly melt: FakeMelt;
  /** Its folder with its certificate. */
  readonly stateDir: string;
}

/** One export, from the launch of `olive submit` to its end. */
export interface SubmitRun {
  readonly outcome: OliveOutcome;
  readonly launchedAtMs: number;
  readonly exitedAtMs: number;
  /** From launch to end. */
  readonly seconds: number;
  /** Empty if there is none. */
  readonly jobId: string;
}

const ONLINE_MS_MAX = 60_000;
const EXPORT_MS_MAX = 400_000;
const POLL_MS = 50;
const clock = createSystemClock();

/**
 * Starts a farm of real processes on this machine: master, workers with certificates, folders and
 * speeds of their own, a database on disk. Resolves when all workers are online.
 */
export async function startBenchFarm(specs: readonly BenchWorkerSpec[]): Promise<BenchFarm> {
  const folder = await Deno.makeTempDir({ prefix: "olive-bench-farm-" });
  const stateDir = join(folder, "master");
  const port = findFreePort();
  const url = `https://localhost:${port}`;
  const state = ["--state-dir", stateDir];
  await runOrThrow(["certs", "init", ...state, "--name", "bench", "--url", url]);
  const master = new OliveProcess([
    "master",
    ...[...state, "--listen", `127.0.0.1:${port}`, "--root", folder, "--log-format", "json"],
  ], { name: "master" });
  const workers: BenchWorker[] = [];
  const farm = new BenchFarm({ folder, master, workers, stateDir, url });
  try {
    for (const spec of specs) workers.push(await addWorker(farm, spec));
    await farm.untilOnline(specs.map(({ name }) => name));
    return farm;
  } catch (error) {
    const dumps = [master, ...workers.map(({ process }) => process)].map((each) => each.dump());
    await farm[Symbol.asyncDispose]();
    throw new Error(`Cannot start the farm\n${dumps.join("\n")}`, { cause: error });
  }
}

async function addWorker(farm: BenchFarm, spec: BenchWorkerSpec): Promise<BenchWorker> {
  const { name, ...settings } = spec;
  await runOrThrow([
    ...["certs", "add", name, "--state-dir", farm.stateDir],
    ...["--url", farm.url, "--out", farm.folder],
  ]);
  const stateDir = join(farm.folder, `olive-${name}`);
  const melt = await installFakeMelt(stateDir, settings);
  const process = new OliveProcess([
    ...["worker", "--state-dir", stateDir, "--cache-dir", join(stateDir, "cache")],
    ...["--melt", melt.path, "--threads", "1", "--log-format", "json"],
  ], { name });
  return { spec, process, melt, stateDir };
}

async function runOrThrow(args: readonly string[]): Promise<OliveOutcome> {
  const outcome = await runOlive(args);
  if (outcome.code === 0) return outcome;
  throw new Error(`olive ${args.join(" ")}: exit code ${outcome.code}\n${outcome.stderr}`);
}

/** What a farm is made of. */
interface BenchFarmParts {
  readonly folder: string;
  readonly stateDir: string;
  readonly url: string;
  readonly master: OliveProcess;
  readonly workers: readonly BenchWorker[];
}

/** A running farm. Disposing of it leaves nothing behind. */
export class BenchFarm implements AsyncDisposable {
  /** All of its files; projects may lie here too. */
  readonly folder: string;
  /** The master's own folder. */
  readonly stateDir: string;
  readonly url: string;
  readonly master: OliveProcess;
  readonly workers: readonly BenchWorker[];
  #connection: FarmConnection | undefined;

  /** Of processes that were started already. */
  constructor(parts: BenchFarmParts) {
    this.folder = parts.folder;
    this.stateDir = parts.stateDir;
    this.url = parts.url;
    this.master = parts.master;
    this.workers = parts.workers;
  }

  /** The master, asked as the person that made the farm. */
  async client(): Promise<MasterClient> {
    this.#connection ??= connectAs(await findIdentity(this.stateDir, ["admin"]), this.url);
    return this.#connection.client;
  }

  /** The worker of a name. */
  worker(name: string): BenchWorker {
    const found = this.workers.find(({ spec }) => spec.name === name);
    if (found === undefined) throw new RangeError(`Cannot find worker ${name}`);
    return found;
  }

  /** Waits until workers are online. */
  async untilOnline(names: readonly string[]): Promise<void> {
    const client = await this.client();
    const endsAtMs = clock.monotonicMs() + ONLINE_MS_MAX;
    for (;;) {
      const online = await client.listWorkers().then(
        ({ workers }) => workers.filter(({ state }) => state === "online").map(({ name }) => name),
        (error: unknown): string[] => {
          if (!isDomainError(error)) throw error;
          // The master does not listen yet.
          return [];
        },
      );
      if (names.every((name) => online.includes(name))) return;
      if (clock.monotonicMs() > endsAtMs) {
        throw new Error(`Only ${online.length} of ${names.length} workers are online`);
      }
      await clock.sleep(POLL_MS);
    }
  }

  /**
   * Exports a project with `olive submit`, losslessly.
   *
   * @param project Path of the project.
   * @param film Path of the film.
   */
  async submit(project: string, film: string): Promise<SubmitRun> {
    const launchedAtMs = clock.nowMs();
    await using process = new OliveProcess([
      ...["submit", project, "--output", film, "--preset", "lossless", "--json"],
      ...["--state-dir", this.stateDir],
    ], { name: "submit" });
    const outcome = await process.waitForEnd({ timeoutMs: EXPORT_MS_MAX });
    const exitedAtMs = clock.nowMs();
    const jobId = /"id":"(j[a-z0-9]+)"/.exec(outcome.stdout)?.[1] ?? "";
    const seconds = (exitedAtMs - launchedAtMs) / 1_000;
    return { outcome, launchedAtMs, exitedAtMs, seconds, jobId };
  }

  /** Ends a worker and, with it, its render, as a power cut does. */
  async kill(name: string): Promise<void> {
    await this.worker(name).process.kill();
  }

  /** Stops a worker with all of its programs, as a machine that hangs does. */
  async freeze(name: string): Promise<void> {
    const { process } = this.worker(name);
    const family = await listDescendants(process.pid);
    for (const pid of [process.pid, ...family.map((entry) => entry.pid)]) {
      try {
        Deno.kill(pid, "SIGSTOP");
      } catch (error) {
        // A short-lived program ended in between.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }

  /** All that the processes printed, for the message of a failure. */
  dump(): string {
    const all = [this.master, ...this.workers.map(({ process }) => process)];
    return all.map((each) => each.dump()).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.close();
    for (const { process } of this.workers) {
      // What is stopped does not even die with its parent's group before it goes on.
      process.signal("SIGCONT");
      await process[Symbol.asyncDispose]();
    }
    await this.master[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
