import { join } from "@std/path";
import { createToken, joinFarm } from "../certs/mod.ts";
import { createSystemClock, DomainError } from "../mod/core/mod.ts";
import { enrolWithMaster } from "../mod/tls/mod.ts";
import { type ChildProcess, startChild } from "./child_process.ts";
import type { CommandIo } from "./command.ts";
import { connectAs, type FarmConnection, findIdentity } from "./farm_connection.ts";
import { openFarmState } from "./farm_state.ts";
import { readFlags } from "./flags.ts";

/** Names of the demo's workers. */
export const DEMO_WORKERS = ["first", "second"] as const;

/** What the demo's farm is made of. */
export interface DemoFarmOptions {
  /** Absolute path of an empty folder. */
  readonly folder: string;
  /** Folders that the master may read and write below. */
  readonly roots: readonly string[];
  readonly io: CommandIo;
}

const DEMO_MS_MAX = 30 * 60_000;
const READY_MS_MAX = 60_000;
const POLL_MS = 50;
const LOG_LINES_MAX = 200;

/**
 * Starts a master and two workers, all on loopback and all as processes of their own. The workers
 * join as machines do: by a token, with keys that they make themselves.
 *
 * @throws {DomainError} `internal` with the last words of a process that did not start; `timeout`.
 */
export async function startDemoFarm(options: DemoFarmOptions): Promise<FarmConnection> {
  const children = new DemoChildren(options.io);
  try {
    const stateDir = join(options.folder, "master");
    const enrolPort = freePort();
    const masterUrl = await startDemoMaster(children, { ...options, stateDir, enrolPort });
    const farm = connectAs(await findIdentity(stateDir, ["admin"]), masterUrl);
    for (const name of DEMO_WORKERS) {
      const workerDir = join(options.folder, name);
      await joinDemoWorker({ stateDir, workerDir, enrolPort, name, io: options.io });
      children.start([
        "worker",
        ...["--state-dir", workerDir, "--cache-dir", join(workerDir, "cache")],
        ...["--master", masterUrl, "--threads", "1", "--log-format", "json"],
      ]);
    }
    await children.until(
      async () => {
        const { workers } = await farm.client.listWorkers();
        return workers.filter((worker) => worker.state === "online").length ===
          DEMO_WORKERS.length;
      },
      "both workers to come online",
    );
    return {
      ...farm,
      close: async () => {
        await farm.close();
        await children.close();
      },
    };
  } catch (error) {
    await children.close();
    throw error;
  }
}

async function startDemoMaster(
  children: DemoChildren,
  options: DemoFarmOptions & { readonly stateDir: string; readonly enrolPort: number },
): Promise<string> {
  children.start([
    "master",
    ...["--state-dir", options.stateDir, "--listen", "127.0.0.1:0"],
    ...["--enrol-listen", `127.0.0.1:${options.enrolPort}`, "--log-format", "json"],
    ...options.roots.flatMap((root) => ["--root", root]),
  ]);
  let url: string | undefined;
  await children.until(() => {
    url = children.lines.map(listeningAddress).find((found) => found !== undefined);
    return Promise.resolve(url !== undefined);
  }, "the master to listen");
  return url ?? "";
}

/** Address in the log entry with which a master says that it is up. */
export function listeningAddress(line: string): string | undefined {
  if (!line.includes('"process_started"')) return undefined;
  try {
    const entry = JSON.parse(line) as { address?: unknown };
    return typeof entry.address === "string" ? entry.address : undefined;
  } catch {
    return undefined;
  }
}

async function joinDemoWorker(
  options: {
    stateDir: string;
    workerDir: string;
    enrolPort: number;
    name: string;
    io: CommandIo;
  },
): Promise<void> {
  const flags = readFlags(["--state-dir", options.stateDir], { "state-dir": { kind: "text" } });
  const state = await openFarmState({ flags, io: options.io }, { needsAuthority: true });
  const { token } = await createToken({
    role: "worker",
    name: options.name,
    address: `127.0.0.1:${options.enrolPort}`,
  }, { ...state.certs, authority: state.requireAuthority(), tokens: state.tokens }).finally(() =>
    state.close()
  );
  await untilListening(options.enrolPort);
  await joinFarm(
    { token, stateDir: options.workerDir, name: options.name },
    { enrol: enrolWithMaster, clock: createSystemClock() },
  );
}

async function untilListening(port: number): Promise<void> {
  const clock = createSystemClock();
  const endMs = clock.monotonicMs() + READY_MS_MAX;
  while (clock.monotonicMs() < endMs) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
    await clock.sleep(POLL_MS);
  }
  throw new DomainError("timeout", "Cannot join: the enrolment port did not open");
}

/** A port that nobody listens at this moment. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** The processes of the demo: none outlives it, and the last words of one that ends early are kept. */
class DemoChildren {
  /** Log lines of all of them. */
  readonly lines: string[] = [];
  readonly #io: CommandIo;
  readonly #children: ChildProcess[] = [];
  #hasEnded = false;

  constructor(io: CommandIo) {
    this.#io = io;
  }

  start(args: readonly string[]): void {
    const child = startChild({
      args,
      io: this.#io,
      onLine: (line) => {
        this.lines.push(line);
        if (this.lines.length > LOG_LINES_MAX) this.lines.shift();
      },
      timeoutMs: DEMO_MS_MAX,
    });
    child.exited.then(() => this.#hasEnded = true, () => this.#hasEnded = true);
    this.#children.push(child);
  }

  async until(condition: () => Promise<boolean>, what: string): Promise<void> {
    const clock = createSystemClock();
    const endMs = clock.monotonicMs() + READY_MS_MAX;
    while (!await condition()) {
      if (this.#hasEnded || clock.monotonicMs() > endMs) {
        throw new DomainError(
          this.#hasEnded ? "internal" : "timeout",
          `Cannot run the demo: waited for ${what}; last words: ${this.lines.slice(-3).join(" ")}`,
        );
      }
      await clock.sleep(POLL_MS);
    }
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill();
    await Promise.allSettled(this.#children.map((child) => child.exited));
  }
}
