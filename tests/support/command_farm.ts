import { join } from "@std/path";
import type { CommandIo } from "../../cmd/command.ts";
import { COMMANDS } from "../../cmd/mod.ts";
import { runProgram } from "../../cmd/run_program.ts";
import { startMaster } from "../../cmd/start_master.ts";
import { createSystemClock, systemRandomBytes } from "../../mod/core/mod.ts";
import { openDatabase } from "../../mod/db/mod.ts";
import { createSilentLogger } from "../../mod/log/mod.ts";
import { DEFAULT_PROGRAMS } from "../../mod/process/mod.ts";
import { FakeClock, TestFarm, until } from "../../mod/testing/mod.ts";
import { trustFarmOnly } from "../../mod/tls/mod.ts";
import { makeTemp } from "./temp.ts";

/** What a command did that ran within the test. */
export interface CommandOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a command within the test. */
export interface CommandRun {
  /** All of its environment. Default: nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the root. */
  readonly cwd?: string;
  /** Called with what stops the command, as Ctrl-C does. */
  readonly onListening?: (interrupt: () => void) => void;
}

/** Runs `olive` with these arguments within the test's own process: quick, and with its own console. */
export async function runCommand(
  argv: readonly string[],
  run: CommandRun = {},
): Promise<CommandOutcome> {
  const output = { stdout: "", stderr: "" };
  const io: CommandIo = {
    stdout: (text) => output.stdout += text,
    stderr: (text) => output.stderr += text,
    env: (name) => run.env?.[name],
    stderrColumns: undefined,
    isInteractive: false,
    cwd: run.cwd ?? "/",
    onStopSignal(handler): () => void {
      run.onListening?.(() => handler("SIGINT"));
      return () => {};
    },
  };
  const code = await runProgram(argv, { commands: COMMANDS, io, version: "0" });
  return { code, ...output };
}

/** A real master within the test's process, whose database was filled before it started. */
export interface CommandFarm {
  /** Folder of everything. */
  readonly folder: string;
  /** The folder that projects, media and films may lie in. */
  readonly root: string;
  readonly stateDir: string;
  readonly url: string;
  /** Runs a command as the person that made the farm. */
  olive(argv: readonly string[], run?: CommandRun): Promise<CommandOutcome>;
  /** Waits for a condition. */
  until(what: string, condition: () => Promise<boolean>): Promise<void>;
}

/** What a farm for commands begins with. */
export interface CommandFarmOptions {
  /** Puts jobs, workers and attempts into the database, as a farm of another time did. */
  readonly history?: (test: TestFarm, stateDir: string) => Promise<void>;
  /** See `--keep-days`. Default: a hundred years. */
  readonly keepDays?: number;
}

/** Runs a test of commands on a master of its own, all removed afterwards. */
export async function withCommandFarm(
  options: CommandFarmOptions,
  body: (farm: CommandFarm) => Promise<void>,
): Promise<void> {
  await using temp = await makeTemp("commands");
  const stateDir = temp.at("state");
  const root = temp.at("root");
  await Deno.mkdir(stateDir, { mode: 0o700 });
  await Deno.mkdir(root);
  const location = join(stateDir, "olive.db");
  await fillDatabase(location, { stateDir, ...options });
  trustFarmOnly((name, value) => Deno.env.set(name, value));
  const master = await startMaster({
    stateDir,
    hostName: "local",
    personName: "anna",
    hosts: ["localhost", "127.0.0.1"],
    database: { location, authToken: undefined },
    listen: { hostname: "127.0.0.1", port: 0 },
    enrol: undefined,
    keepDays: options.keepDays ?? 36_500,
    roots: [root],
    programs: DEFAULT_PROGRAMS,
    env: (name) => Deno.env.get(name),
    clock: createSystemClock(),
    random: systemRandomBytes,
    logger: createSilentLogger(),
  });
  try {
    await body({
      folder: temp.path,
      root,
      stateDir,
      url: master.url,
      until: (what, condition) => until(condition, { what }),
      olive: ([name = "", ...rest], run) =>
        runCommand([name, "--state-dir", stateDir, "--master", master.url, ...rest], run),
    });
  } finally {
    await master.stop(0);
  }
}

async function fillDatabase(
  location: string,
  options: CommandFarmOptions & { readonly stateDir: string },
): Promise<void> {
  const clock = new FakeClock();
  const database = await openDatabase({ location, clock });
  try {
    const test = new TestFarm(database, { clock });
    await test.farm.recover();
    await options.history?.(test, options.stateDir);
  } finally {
    await database.close();
  }
}
