import type { Machine } from "./install_packages.ts";

// dpkg refuses to work without the programs of the system's own folders on its search path.
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
const PACKAGE_LISTS = "/var/lib/apt/lists";

/** Whether a file or folder is there. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    // Not there, or not to be seen by us, which is the same here.
    return false;
  }
}

/** The machine that this runs on. */
export function createSystemMachine(): Machine {
  const searchPath = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  return {
    searchPath,
    isRoot: Deno.uid() === 0,
    exists: pathExists,
    hasPackageLists,
    run: (program, args) => runProgram(program, args, searchPath),
    say: (line) => console.error(line),
  };
}

async function hasPackageLists(): Promise<boolean> {
  try {
    for await (const entry of Deno.readDir(PACKAGE_LISTS)) {
      if (/_Packages(\.\w+)?$/.test(entry.name)) return true;
    }
  } catch {
    // No folder, no lists.
  }
  return false;
}

async function runProgram(
  program: string,
  args: readonly string[],
  searchPath: readonly string[],
): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: {
      DEBIAN_FRONTEND: "noninteractive",
      PATH: [...new Set([...searchPath, ...SYSTEM_FOLDERS])].join(":"),
    },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}
