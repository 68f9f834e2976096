import { join } from "@std/path";
import { connectAs, type FarmConnection, findIdentity } from "../../cmd/farm_connection.ts";
import type { MasterClient } from "../../mod/client/mod.ts";
import { createSystemClock, isDomainError, type JobState } from "../../mod/core/mod.ts";
import { until } from "../../mod/testing/mod.ts";
import type { JobDetail } from "../../mod/wire/mod.ts";
import { freezeRender, type FrozenRender } from "./frozen_render.ts";
import {
  type OliveOptions,
  type OliveOutcome,
  OliveProcess,
  runOlive,
  type WaitOptions,
} from "./olive.ts";
import { findFreePort, isListening } from "./ports.ts";
import { makeTemp, type TempFolder } from "./temp.ts";

const START_MS_MAX = 60_000;
/** Between two questions to the master, milliseconds: a test must not be its main load. */
const ASK_MS = 40;
const clock = createSystemClock();
/** Longest time of an export in a test, milliseconds. */
export const EXPORT_MS_MAX = 120_000;

/** What a farm is made of. */
export interface FarmOptions {
  /** Names of the workers that are started with it. Default none. */
  readonly workers?: readonly string[];
  /** The master's `--lease-seconds`. Default its own. */
  readonly leaseSeconds?: number;
  /** The master's state folder. Default one that is removed with the farm. */
  readonly stateDir?: string;
  /** More arguments of the master. */
  readonly masterArgs?: readonly string[];
  /** Added to the environment of all of its processes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How to start a worker. */
export interface WorkerStart {
  /** Port of the master as this worker sees it: a proxy's. Default the master's own. */
  readonly masterPort?: number;
  /** More arguments. */
  readonly args?: readonly string[];
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A worker of a farm. */
export interface FarmWorker {
  readonly name: string;
  /** Its state folder with its certificate. */
  readonly stateDir: string;
  /** The process that runs now, or ran last. */
  readonly process: OliveProcess;
}

/**
 * Starts a farm of real processes on this machine and waits until its workers are online: a master on
 * a free port with a database on disk, workers with certificates of their own.
 *
 * Dispose of it (`await using`) and nothing of it is left.
 */
export async function startFarm(options: FarmOptions = {}): Promise<Farm> {
  const folder = await makeTemp("farm");
  const farm = new Farm(folder, options);
  try {
    await Deno.mkdir(farm.root);
    await farm.startMaster();
    const names = options.workers ?? [];
    await Promise.all(names.map((name) => farm.startWorker(name)));
    await farm.untilOnline(names);
    return farm;
  } catch (error) {
    console.error(farm.dump());
    await farm[Symbol.asyncDispose]();
    throw error;
  }
}

/** Runs a test on a farm of its own; when it fails, shows what all processes printed. */
export async function withFarm(
  options: FarmOptions,
  body: (farm: Farm) => Promise<void>,
): Promise<void> {
  await using farm = await startFarm(options);
  try {
    await body(farm);
  } catch (error) {
    console.error(farm.dump());
    throw error;
  }
}

/** A running farm. See {@linkcode startFarm}. */
export class Farm implements AsyncDisposable {
  /** All of its files. */
  readonly folder: TempFolder;
  /** The folder that projects, media and films may lie in. */
  readonly root: string;
  /** The master's state folder; a person's certificate is in it too. */
  readonly stateDir: string;
  readonly #options: FarmOptions;
  readonly #workers = new Map<string, FarmWorker>();
  /** Every process that was ever started, for dumps and the end. */
  readonly #processes: OliveProcess[] = [];
  readonly #frozen: FrozenRender[] = [];
  #connection: FarmConnection | undefined;
  #master: OliveProcess | undefined;
  #port = 0;
  readonly #enrolPort = findFreePort();

  /** A farm without a process yet. */
  constructor(folder: TempFolder, options: FarmOptions) {
    this.folder = folder;
    this.root = folder.at("root");
    this.stateDir = options.stateDir ?? folder.at("master");
    this.#options = options;
  }

  /** Port of the master. */
  get port(): number {
    return this.#port;
  }

  /** Where the master listens. */
  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** The master that runs now, or ran last. */
  get master(): OliveProcess {
    if (this.#master === undefined) throw new Error("There is no master yet");
    return this.#master;
  }

  /** Path of something in the allowed folder. */
  at(...names: string[]): string {
    return join(this.root, ...names);
  }

  /** Starts the master, at the same port as the last one, and waits until it listens. */
  async startMaster(): Promise<void> {
    const { leaseSeconds, masterArgs = [] } = this.#options;
    const master = this.#start("master", [
      ...["master", "--state-dir", this.stateDir, "--listen", `127.0.0.1:${this.#port}`],
      ...[
        "--enrol-listen",
        `127.0.0.1:${this.#enrolPort}`,
        "--root",
        this.root,
        "--log-format",
        "json",
      ],
      ...(leaseSeconds === undefined ? [] : ["--lease-seconds", String(leaseSeconds)]),
      ...masterArgs,
    ]);
    this.#master = master;
    const [, port = ""] = await master.waitFor(
      /"event":"process_started"[^\n]*"address":"[^"\n]*:(\d+)/,
      { timeoutMs: START_MS_MAX, what: "the master to listen" },
    );
    this.#port = Number(port);
  }

  /** Ends the master as a power cut does, and proves that it is gone. */
  async killMaster(): Promise<void> {
    await this.master.kill();
  }

  /** Starts a worker, with a certificate of its own if it has none yet. */
  async startWorker(name: string, start: WorkerStart = {}): Promise<FarmWorker> {
    if (!this.#workers.has(name)) {
      await this.olive(["certs", "add", name, "--url", this.url, "--out", this.folder.path]);
    }
    return this.#startWorker(name, start);
  }

  /** Starts a worker whose certificate comes as a new machine's does: by a token, for a key of its own. */
  async joinWorker(name: string): Promise<FarmWorker> {
    const port = String(this.#enrolPort);
    const { stdout } = await this.olive([
      ...["certs", "token", "--url", this.url, "--enrol-port", port, "--json"],
    ]);
    const { token } = JSON.parse(stdout) as { token: string };
    await until(() => isListening(this.#enrolPort), { what: "the enrolment port to open" });
    const stateDir = this.#workerDir(name);
    const joined = await runOlive([
      ...["certs", "join", token, "--state-dir", stateDir, "--name", name],
    ]);
    if (joined.code !== 0) throw new Error(`Cannot join: ${joined.stderr}`);
    return this.#startWorker(name, {});
  }

  /** A worker that was started. */
  worker(name: string): FarmWorker {
    const found = this.#workers.get(name);
    if (found === undefined) throw new RangeError(`Cannot find worker ${name}`);
    return found;
  }

  /** Catches a worker in the middle of a render and holds the renderer there. See {@linkcode freezeRender}. */
  async freezeRender(name: string): Promise<FrozenRender> {
    const frozen = await freezeRender(this.worker(name).process.pid);
    this.#frozen.push(frozen);
    return frozen;
  }

  /** Lets all renders go on that are held. */
  thaw(): void {
    for (const frozen of this.#frozen.splice(0)) frozen.thaw();
  }

  /** The master, asked as the person that made the farm. */
  async client(): Promise<MasterClient> {
    if (this.#connection?.masterUrl !== this.url) {
      await this.#connection?.close();
      this.#connection = connectAs(await findIdentity(this.stateDir, ["admin"]), this.url);
    }
    return this.#connection.client;
  }

  /** Waits until workers are online. */
  async untilOnline(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const client = await this.client();
    let online: readonly string[] = [];
    await until(async () => {
      await clock.sleep(ASK_MS);
      const { workers } = await client.listWorkers();
      online = workers.filter(({ state }) => state === "online").map(({ name }) => name);
      return names.every((name) => online.includes(name));
    }, {
      what: `${names.join(", ")} to be online`,
      timeoutMs: START_MS_MAX,
      dump: () => online,
    });
  }

  /** Waits until a job, its parts and attempts are as wanted, also over an outage of the master. */
  async untilJob(
    jobId: string,
    condition: (detail: JobDetail) => boolean,
    options: WaitOptions = {},
  ): Promise<JobDetail> {
    const client = await this.client();
    let detail: JobDetail | undefined;
    await until(async () => {
      if (detail !== undefined) await clock.sleep(ASK_MS);
      try {
        detail = await client.getJob(jobId);
      } catch (error) {
        if (isDomainError(error, "master_unreachable")) return false;
        throw error;
      }
      return condition(detail);
    }, {
      what: options.what ?? `job ${jobId}`,
      timeoutMs: options.timeoutMs ?? EXPORT_MS_MAX,
      dump: () => detail,
    });
    if (detail === undefined) throw new Error(`Job ${jobId} was not looked at`);
    return detail;
  }

  /** Waits until a job is in a state. */
  async untilState(jobId: string, state: JobState): Promise<JobDetail> {
    return await this.untilJob(jobId, ({ job }) => job.state === state, {
      what: `job ${jobId} to be ${state}`,
    });
  }

  /** Runs a command of a person at the master's machine to its end, which must be good. */
  async olive(args: readonly string[], options: OliveOptions = {}): Promise<OliveOutcome> {
    const outcome = await this.tryOlive(args, options);
    if (outcome.code === 0) return outcome;
    throw new Error(`olive ${args.join(" ")}: exit code ${outcome.code}\n${outcome.stderr}`);
  }

  /** The same, however it ends. */
  async tryOlive(args: readonly string[], options: OliveOptions = {}): Promise<OliveOutcome> {
    const { env = {} } = this.#options;
    return await runOlive(this.#asPerson(args), { timeoutMs: EXPORT_MS_MAX, env, ...options });
  }

  /** Starts `olive submit` and does not wait for it. */
  startSubmit(args: readonly string[]): OliveProcess {
    return this.#start("submit", this.#asPerson(["submit", ...args]));
  }

  /** Submits a job and does not wait for its end. Returns its id. */
  async submit(args: readonly string[]): Promise<string> {
    const { stdout } = await this.olive(["submit", "--detach", "--json", ...args]);
    const { job } = JSON.parse(stdout) as { job: { id: string } };
    return job.id;
  }

  /** All that the processes printed, for the message of a failure. */
  dump(): string {
    return this.#processes.map((each) => each.dump()).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    // Workers first: no new work reaches one that is already being ended.
    for (const process of this.#processes.toReversed()) {
      process.signal("SIGCONT");
      await process[Symbol.asyncDispose]();
    }
    await this.#connection?.close();
    await this.folder[Symbol.asyncDispose]();
  }

  #startWorker(name: string, start: WorkerStart): FarmWorker {
    const stateDir = this.#workerDir(name);
    const url = `https://127.0.0.1:${start.masterPort ?? this.#port}`;
    const process = this.#start(name, [
      ...["worker", "--state-dir", stateDir, "--cache-dir", join(stateDir, "cache")],
      ...["--master", url, "--threads", "1", "--log-format", "json", ...start.args ?? []],
    ], start.env);
    const worker = { name, stateDir, process };
    this.#workers.set(name, worker);
    return worker;
  }

  /** The folder that `olive certs add` makes. */
  #workerDir(name: string): string {
    return this.folder.at(`olive-${name}`);
  }

  #asPerson(args: readonly string[]): readonly string[] {
    const [command = "", ...rest] = args;
    const farm = command === "certs"
      ? ["--state-dir", this.stateDir]
      : ["--state-dir", this.stateDir, "--master", this.url];
    return [command, ...farm, ...rest];
  }

  #start(
    name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): OliveProcess {
    const process = new OliveProcess(args, { name, env: { ...this.#options.env, ...env } });
    this.#processes.push(process);
    return process;
  }
}
