import { dirname } from "@std/path";
import { DomainError } from "../mod/core/mod.ts";
import { shellWord } from "./shell_word.ts";

const SECRET_MODE = 0o600;
const PUBLIC_MODE = 0o644;
const DIR_MODE = 0o700;

/** Makes a folder that only its owner can enter. An existing one is left as it is. */
export async function makePrivateDir(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: DIR_MODE });
}

/** How a file is written. */
export interface WriteFileOptions {
  /** Readable by its owner only. */
  readonly isSecret: boolean;
}

/**
 * Writes a file durably under exactly this name, which must be new. For files in a folder that is
 * renamed into place as a whole, or names that end in `.next`.
 */
export async function writeNewFile(
  path: string,
  content: { readonly text: string } & WriteFileOptions,
): Promise<void> {
  const mode = content.isSecret ? SECRET_MODE : PUBLIC_MODE;
  const file = await Deno.open(path, { write: true, createNew: true, mode });
  try {
    const bytes = new TextEncoder().encode(content.text);
    let offset = 0;
    while (offset < bytes.length) offset += await file.write(bytes.subarray(offset));
    await file.sync();
  } finally {
    file.close();
  }
}

/** Makes renames in a folder survive a power cut. */
export async function syncDir(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  const dir = await Deno.open(path, { read: true });
  try {
    await dir.sync();
  } finally {
    dir.close();
  }
}

/** Reads a text file; `undefined` if there is none. */
export async function readFileIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new DomainError("io_failed", `Cannot read ${path}`, { cause: error });
  }
}

/**
 * Reads a private key file, if nobody else can.
 *
 * @returns The text; `undefined` if there is no such file.
 * @throws {DomainError} `config_invalid` if the group or others may read or write it.
 */
export async function readSecretFile(path: string): Promise<string | undefined> {
  let mode: number | null;
  try {
    mode = (await Deno.stat(path)).mode;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new DomainError("io_failed", `Cannot read ${path}`, { cause: error });
  }
  if (mode !== null && Deno.build.os !== "windows" && (mode & 0o077) !== 0) {
    const current = (mode & 0o777).toString(8);
    throw new DomainError(
      "config_invalid",
      `Cannot use private key ${path}: others may read it, its mode is ${current}, must be 600`,
      {
        hint: `Run: chmod 600 ${shellWord(path)} && chmod 700 ${shellWord(dirname(path))}`,
      },
    );
  }
  return await readFileIfThere(path);
}
