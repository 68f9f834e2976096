import { join } from "@std/path";
import { connectAs, type FarmConnection, findIdentity } from "../../cmd/farm_connection.ts";
import type { MasterClient } from "../../mod/client/mod.ts";
import { isDomainError } from "../../mod/core/mod.ts";
import { until } from "../../mod/testing/mod.ts";
import type { FakeMelt } from "../bench/install_fake_melt.ts";
import { OliveProcess } from "../support/olive.ts";
import { findFreePort } from "../support/ports.ts";
import { FaultProxy } from "../support/proxy.ts";
import { type MachineAbilities, mountSmallDisk, type SmallDisk } from "./machine_abilities.ts";
import { installQuickMelt } from "./quick_melt.ts";
import { MASTER, type RoundPlan, type WorkerPlan } from "./round_plan.ts";
import type { SoakKit } from "./soak_kit.ts";

const START_MS_MAX = 40_000;
const STOP_MS_MAX = 30_000;
const ASK_MS_MAX = 1_500;

/** What a round's farm is made from. */
export interface SoakFarmOptions {
  readonly plan: RoundPlan;
  readonly kit: SoakKit;
  readonly abilities: MachineAbilities;
  /** Folder of this round alone, empty. */
  readonly folder: string;
}

/** A part of the farm that can be broken: the master or a worker. */
export interface Member {
  readonly name: string;
  readonly stateDir: string;
  /** Holds its wall clock's shift, if it has one of its own. */
  readonly clockFile: string | undefined;
  /** Holds its state folder, if that is on a disk of its own. */
  readonly disk: SmallDisk | undefined;
  /** Between it and the master, if it goes that way. */
  readonly proxy: FaultProxy | undefined;
  /** Its renderer, if it has one. */
  readonly melt: FakeMelt | undefined;
  /** The process that runs now, or ran last. */
  process: OliveProcess;
  /** Whether its process is meant to run. */
  isUp: boolean;
}

/** The farm of a round: real processes with certificates and a database on disk. */
export class SoakFarm implements AsyncDisposable {
  readonly #options: SoakFarmOptions;
  readonly #members = new Map<string, Member>();
  readonly #processes: OliveProcess[] = [];
  readonly #port = findFreePort();
  #connection: FarmConnection | undefined;

  /** Nothing runs yet. */
  constructor(options: SoakFarmOptions) {
    this.#options = options;
  }

  /** Where the film of the round appears. */
  get filmFolder(): string {
    return join(this.#options.folder, "films");
  }

  /** Temporary folder of all of its processes. */
  get tempFolder(): string {
    return join(this.#options.folder, "tmp");
  }

  /** The master and all workers. */
  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** The master, asked as the person that made the farm. */
  get client(): MasterClient {
    if (this.#connection === undefined) throw new Error("The farm was not started");
    return this.#connection.client;
  }

  /** The master, or a worker. */
  member(name: string): Member {
    const found = this.#members.get(name);
    if (found === undefined) throw new RangeError(`Cannot find ${name}`);
    return found;
  }

  /** Starts all of it and waits until every worker is online. */
  async start(): Promise<void> {
    const { plan } = this.#options;
    await Deno.mkdir(this.filmFolder);
    await Deno.mkdir(this.tempFolder);
    await this.#addMember(MASTER, undefined);
    const identity = await findIdentity(this.member(MASTER).stateDir, ["admin"]);
    this.#connection = connectAs(identity, `https://127.0.0.1:${this.#port}`);
    for (const worker of plan.workers) await this.#addMember(worker.name, worker);
    const isOnline = async (): Promise<boolean> => {
      this.assertAlive();
      const list = await this.ask(() => this.client.listWorkers({ timeoutMs: ASK_MS_MAX }));
      const online = list?.workers.filter(({ state }) => state === "online") ?? [];
      return online.length === plan.workers.length;
    };
    await until(isOnline, { what: "all workers to be online", timeoutMs: START_MS_MAX });
  }

  /** Asks the master something; `undefined` if it cannot answer now. */
  async ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      if (!isDomainError(error)) throw error;
      const isPassing = ["master_unreachable", "timeout", "db_busy", "db_failed", "disk_full"];
      if (isPassing.includes(error.code)) return undefined;
      throw error;
    }
  }

  /** Ends a member as a power cut does. */
  async kill(name: string): Promise<void> {
    const member = this.member(name);
    member.isUp = false;
    await member.process.kill();
  }

  /** Starts a member that was killed. Resolves when its process has begun to work. */
  async restart(name: string): Promise<void> {
    const member = this.member(name);
    member.process = this.#spawn(member);
    member.isUp = true;
    await member.process.waitFor(name === MASTER ? /"event":"process_started"/ : /"event":/, {
      timeoutMs: START_MS_MAX,
      what: `${name} to start again`,
    });
  }

  /** @throws {Error} If a process has ended that nobody killed. */
  assertAlive(): void {
    for (const { name, process, isUp } of this.members) {
      if (isUp && process.hasEnded) throw new Error(`${name} ended by itself`);
    }
  }

  /** Asks every process to end in order, workers first, and waits until they have. */
  async stop(): Promise<void> {
    const workers = this.members.filter(({ name }) => name !== MASTER);
    await Promise.all(workers.map((member) => this.#stopMember(member)));
    await this.#stopMember(this.member(MASTER));
  }

  async #stopMember(member: Member): Promise<void> {
    member.isUp = false;
    const { code } = await member.process.stop("SIGTERM", { timeoutMs: STOP_MS_MAX });
    if (code !== 0) throw new Error(`${member.name} ended with exit code ${code}`);
  }

  /** All that the processes printed. */
  dump(): string {
    return this.#processes.map((each) => each.dump()).join("\n");
  }

  /** Everything that one member's processes printed. */
  outputOf(name: string): string {
    const own = this.#processes.filter((process) => process.name === name);
    return own.map(({ output }) => output).join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes.toReversed()) {
      process.signal("SIGCONT");
      await process[Symbol.asyncDispose]();
    }
    await this.#connection?.close();
    for (const { proxy, disk } of this.members) {
      await proxy?.[Symbol.asyncDispose]();
      await disk?.[Symbol.asyncDispose]();
    }
  }

  async #addMember(name: string, worker: WorkerPlan | undefined): Promise<void> {
    const { folder, kit, plan, abilities } = this.#options;
    const stateDir = join(folder, name === MASTER ? "master" : `olive-${name}`);
    const has = (kind: string): boolean =>
      plan.faults.some((fault) => fault.kind === kind && fault.target === name);
    await Deno.mkdir(stateDir, { mode: 0o700 });
    const disk = abilities.canMount && has("full_disk")
      ? await mountSmallDisk(stateDir)
      : undefined;
    await kit.copyState(name, stateDir);
    const clockFile = abilities.clockLibrary !== undefined && has("clock_jump")
      ? join(folder, `clock-${name}`)
      : undefined;
    if (clockFile !== undefined) await Deno.writeTextFile(clockFile, "+0");
    const meltFolder = join(folder, `melt-${name}`);
    if (worker !== undefined) await Deno.mkdir(meltFolder);
    const melt = worker === undefined ? undefined : await installQuickMelt(meltFolder, {
      settings: { ...worker, ...failureOf(plan) },
      answers: kit.folder,
    });
    const proxy = has("network") ? new FaultProxy(this.#port) : undefined;
    const base = { name, stateDir, clockFile, disk, proxy, melt };
    const process = this.#spawn(base);
    this.#members.set(name, { ...base, process, isUp: true });
  }

  #spawn(member: Omit<Member, "process" | "isUp">): OliveProcess {
    const { clockFile, name } = member;
    const { clockLibrary } = this.#options.abilities;
    const process = new OliveProcess(
      name === MASTER ? this.#masterArgs(member) : this.#workerArgs(member),
      {
        name,
        env: {
          TMPDIR: this.tempFolder,
          ...(clockFile === undefined || clockLibrary === undefined ? {} : {
            LD_PRELOAD: clockLibrary,
            FAKETIME_TIMESTAMP_FILE: clockFile,
            FAKETIME_NO_CACHE: "1",
            FAKETIME_DONT_FAKE_MONOTONIC: "1",
          }),
        },
      },
    );
    this.#processes.push(process);
    return process;
  }

  #masterArgs({ stateDir }: { readonly stateDir: string }): string[] {
    const { plan, folder, kit } = this.#options;
    return [
      ...["master", "--state-dir", stateDir, "--listen", `127.0.0.1:${this.#port}`],
      ...["--enrol-listen", "127.0.0.1:0", "--root", folder, "--root", kit.folder],
      ...["--lease-seconds", String(plan.leaseSeconds), "--log-format", "json"],
    ];
  }

  #workerArgs(member: Omit<Member, "process" | "isUp">): string[] {
    const { stateDir, proxy, melt } = member;
    const url = `https://127.0.0.1:${proxy?.port ?? this.#port}`;
    return [
      ...["worker", "--state-dir", stateDir, "--cache-dir", join(stateDir, "cache")],
      ...["--master", url, "--melt", melt?.path ?? "", "--threads", "1"],
      ...["--log-format", "json", "--log-level", "debug"],
    ];
  }
}

/** What all renderers of a round cannot render. */
function failureOf({ poison }: RoundPlan): { failure?: Poison } {
  return poison === undefined ? {} : { failure: { ...poison, message: POISON_WORDS } };
}

/** Last words of a renderer that met what nobody can render. */
export const POISON_WORDS = "fake melt: nobody can render this";

interface Poison {
  readonly startFrame: number;
  readonly endFrame: number;
  readonly message: string;
}
