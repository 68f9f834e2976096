import { join } from "@std/path";

/** What a round can do on this machine. */
export interface MachineAbilities {
  /** The library that gives a process another wall clock; `undefined` if it is not installed. */
  readonly clockLibrary: string | undefined;
  /** Whether small file systems can be mounted. */
  readonly canMount: boolean;
  /** One line for each fault that is left out here, and why. */
  readonly reasons: readonly string[];
}

const CLOCK_LIBRARIES = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
  "/usr/lib64/faketime/libfaketime.so.1",
  "/usr/lib/faketime/libfaketime.so.1",
];

/** Looks at this machine. */
export async function findAbilities(): Promise<MachineAbilities> {
  const found = await Promise.all(CLOCK_LIBRARIES.map(isThere));
  const clockLibrary = CLOCK_LIBRARIES.find((_, index) => found[index]);
  const canMount = await tryMount();
  return {
    clockLibrary,
    canMount,
    reasons: [
      ...(clockLibrary === undefined
        ? ["clock_jump is left out: install Debian's package faketime"]
        : []),
      ...(canMount ? [] : ["full_disk is left out: only root may mount a small file system"]),
    ],
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    // Not here, or not to be seen: it cannot be loaded then.
    return false;
  }
}

async function tryMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const folder = await Deno.makeTempDir({ prefix: "olive-mount-" });
  try {
    await using disk = await mountSmallDisk(folder);
    return disk.folder === folder;
  } catch {
    // Containers may forbid it to root, too.
    return false;
  } finally {
    await Deno.remove(folder);
  }
}

/** A small file system that can be filled. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly folder: string;
  /** Takes all of its space; proves that nothing more goes in. */
  fill(): Promise<void>;
  /** Gives the space back. */
  empty(): Promise<void>;
}

const DISK_MIB = 48;
const FILL_BYTES = 64 * 1024;

/** Mounts a file system of its own on an existing, empty folder. */
export async function mountSmallDisk(folder: string): Promise<SmallDisk> {
  await runQuietly("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "tmpfs", folder]);
  const ballast = join(folder, ".ballast");
  return {
    folder,
    fill: () => fillDisk(ballast),
    empty: () => Deno.remove(ballast),
    async [Symbol.asyncDispose](): Promise<void> {
      await runQuietly("umount", ["--lazy", folder]);
    },
  };
}

async function fillDisk(ballast: string): Promise<void> {
  using file = await Deno.open(ballast, { write: true, create: true, append: true });
  for (const bytes of [FILL_BYTES, 4_096, 1]) {
    const piece = new Uint8Array(bytes).fill(1);
    for (;;) {
      try {
        await file.write(piece);
      } catch (error) {
        if (error instanceof Error && error.message.includes("os error 28")) break;
        throw error;
      }
    }
  }
}

async function runQuietly(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args], stdin: "null" })
    .output();
  if (success) return;
  throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
