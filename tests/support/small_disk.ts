import { runProgram } from "./run_program.ts";

/** A disk of its own that is easily filled. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  /** Fills it to the last byte. */
  fill(): Promise<void>;
}

/** Whether this process may mount disks: root may, unless a container forbids it. */
export const CAN_MOUNT: boolean = await canMount();

/**
 * Mounts a disk in memory.
 *
 * @param path Existing empty folder.
 * @param sizeBytes How much it holds.
 */
export async function mountSmallDisk(path: string, sizeBytes: number): Promise<SmallDisk> {
  await runProgram("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "olive-test", path]);
  return {
    path,
    fill: () => fillDisk(`${path}/ballast`),
    async [Symbol.asyncDispose](): Promise<void> {
      // Lazily: what is still open on it keeps it until it is closed.
      await runProgram("umount", ["--lazy", path]);
    },
  };
}

async function fillDisk(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  for (const chunk of [new Uint8Array(65_536), new Uint8Array(512)]) {
    try {
      for (;;) await file.write(chunk);
    } catch (error) {
      // ENOSPC: what this is for.
      if (!(error instanceof Error) || !error.message.includes("os error 28")) throw error;
    }
  }
}

async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const path = await Deno.makeTempDir({ prefix: "olive-mount-" });
  try {
    await using _disk = await mountSmallDisk(path, 65_536);
    return true;
  } catch {
    // Not root, or a container: the tests that need it say so.
    return false;
  } finally {
    await Deno.remove(path);
  }
}
