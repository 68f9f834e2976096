import { dirname } from "@std/path";

/**
 * Writes a file so that after a crash either all of it is there or nothing: beside its name, to the
 * disk, renamed, and the name to the disk too.
 *
 * @throws What the file system says; see `toFileError`.
 */
export async function writeDurably(filePath: string, text: string): Promise<void> {
  const beside = `${filePath}.new`;
  {
    using file = await Deno.open(beside, {
      write: true,
      create: true,
      truncate: true,
      mode: 0o600,
    });
    const bytes = new TextEncoder().encode(text);
    for (let offset = 0; offset < bytes.length;) {
      offset += await file.write(bytes.subarray(offset));
    }
    await file.sync();
  }
  await Deno.rename(beside, filePath);
  await syncDirectory(dirname(filePath));
}

/** Gives a file another name, its content and the name on the disk before this returns. */
export async function renameDurably(from: string, to: string): Promise<void> {
  {
    using file = await Deno.open(from, { read: true, write: true });
    await file.sync();
  }
  await Deno.rename(from, to);
  await syncDirectory(dirname(to));
}

/** Removes a file or a folder with all that is in it. Nothing there is no error. */
export async function removeAll(target: string): Promise<void> {
  try {
    await Deno.remove(target, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows has no such thing; its renames are in the file system's own journal.
  if (Deno.build.os === "windows") return;
  using handle = await Deno.open(directory, { read: true });
  await handle.sync();
}
