import { DEBIAN_PACKAGES, type DebianPackage, installArguments } from "./debian_packages.ts";

/** What the set-up needs to know and do of the machine. Injected, so that tests need no bare machine. */
export interface Machine {
  /** Whether a file or folder is there. */
  exists(path: string): Promise<boolean>;
  /** The folders of the search path. */
  readonly searchPath: readonly string[];
  readonly isRoot: boolean;
  /** Whether apt has package lists, so that `apt-get update` can be left out. */
  hasPackageLists(): Promise<boolean>;
  /** Runs a program to its end. */
  run(program: string, args: readonly string[]): Promise<{ code: number; output: string }>;
  /** Tells the person one line. */
  say(line: string): void;
}

/** A failure that one sentence explains. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

const INSTALL_TRIES = 2;
const OUTPUT_LINES_SHOWN = 15;

/** Names of the packages that are not there. */
export async function findMissing(machine: Machine): Promise<string[]> {
  const states = await Promise.all(DEBIAN_PACKAGES.map((entry) => isThere(entry, machine)));
  return DEBIAN_PACKAGES.filter((_entry, index) => !states[index]).map(({ name }) => name);
}

async function isThere(entry: DebianPackage, machine: Machine): Promise<boolean> {
  for (const program of entry.programs) {
    if (!await anyExists(machine.searchPath.map((folder) => `${folder}/${program}`), machine)) {
      return false;
    }
  }
  return entry.anyOf.length === 0 || await anyExists(entry.anyOf, machine);
}

async function anyExists(paths: readonly string[], machine: Machine): Promise<boolean> {
  for (const path of paths) if (await machine.exists(path)) return true;
  return false;
}

/**
 * Installs what is missing from Debian; does nothing and says nothing if all is there.
 *
 * @throws {SetupError} If something is missing that cannot be installed, with the command to run.
 */
export async function installPackages(machine: Machine): Promise<void> {
  const missing = await findMissing(machine);
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (!await anyExists(machine.searchPath.map((folder) => `${folder}/apt-get`), machine)) {
    throw new SetupError(
      `Cannot install ${missing.join(", ")}: there is no apt-get here. ` +
        `Install what Debian installs with: ${command}`,
    );
  }
  if (!machine.isRoot) {
    throw new SetupError(
      `Cannot install ${missing.join(", ")}: not root. Run this, then try again: sudo ${command}`,
    );
  }
  machine.say(`Installing from Debian: ${missing.join(" ")} (a minute or two)`);
  await installWithApt(missing, machine);
  const left = await findMissing(machine);
  if (left.length > 0) {
    throw new SetupError(
      `Cannot find ${left.join(", ")} although apt-get installed it: look at PATH and at dpkg -L`,
    );
  }
}

async function installWithApt(missing: readonly string[], machine: Machine): Promise<void> {
  let last = "";
  for (let attempt = 1; attempt <= INSTALL_TRIES; attempt++) {
    // Lists that are there may still be too old, so the second try always renews them.
    if (attempt > 1 || !await machine.hasPackageLists()) {
      await machine.run("apt-get", ["update"]);
    }
    const { code, output } = await machine.run("apt-get", installArguments(missing));
    if (code === 0) return;
    last = output.trimEnd().split("\n").slice(-OUTPUT_LINES_SHOWN).join("\n");
  }
  throw new SetupError(
    `Cannot install ${
      missing.join(", ")
    }: apt-get failed ${INSTALL_TRIES} times, last with:\n${last}`,
  );
}
