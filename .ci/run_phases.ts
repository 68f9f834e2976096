/**
 * Runs the tests in phases, prints what the runner prints, and fails if any phase does. `deno task
 * test:all`; arguments that follow go to the runner of every phase (`--filter "claim"`).
 *
 * @module
 */
import { pathExists } from "./system_machine.ts";

interface Phase {
  readonly name: string;
  readonly folders: readonly string[];
  readonly flags: readonly string[];
  /** A phase that takes longer hangs, and is ended. */
  readonly minutesMax: number;
  readonly why: string;
}

const PHASES: readonly Phase[] = [
  {
    name: "units and style",
    folders: ["mod", "certs", "cmd", ".ci", "tests/style", "tests/support"],
    flags: ["--parallel"],
    minutesMax: 15,
    why: "short tests in one process each file at a time per core; no real farm among them",
  },
  {
    name: "farms",
    folders: ["tests/integration", "tests/fault"],
    flags: [],
    minutesMax: 30,
    why: "each starts processes that fill the machine; side by side they would starve each other",
  },
];

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

async function runPhase(phase: Phase): Promise<boolean> {
  const folders: string[] = [];
  for (const folder of phase.folders) {
    if (await pathExists(ROOT + folder)) folders.push(folder);
  }
  const deadline = AbortSignal.timeout(phase.minutesMax * 60_000);
  // Types are checked by a test of tests/style, so that one wrong type fails one test, not all.
  const flags = ["test", "-A", "--no-check", "--permit-no-files", ...phase.flags];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [...flags, ...Deno.args, ...folders],
    cwd: ROOT,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
    signal: deadline,
  }).output();
  if (deadline.aborted) {
    console.error(`Phase "${phase.name}" was ended after ${phase.minutesMax} minutes`);
  }
  return success;
}

let isGood = true;
for (const phase of PHASES) isGood = await runPhase(phase) && isGood;
if (!isGood) Deno.exit(1);
