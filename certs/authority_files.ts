import { basename, dirname, join } from "@std/path";
import { DomainError } from "../mod/core/mod.ts";
import { type Authority, loadAuthority } from "./authority.ts";
import {
  makePrivateDir,
  readFileIfThere,
  readSecretFile,
  syncDir,
  writeNewFile,
} from "./secret_file.ts";

/**
 * Writes the authority's `cert.pem` and `key.pem` (mode 0600): the whole folder appears at once.
 *
 * @param dir Folder to make; must not exist.
 * @param files The two texts.
 * @throws {DomainError} `io_failed` if it cannot be written, also if it exists.
 */
export async function createAuthorityFiles(
  dir: string,
  files: { readonly certificatePem: string; readonly keyPem: string },
): Promise<void> {
  const parent = dirname(dir);
  await makePrivateDir(parent);
  const beside = await Deno.makeTempDir({ dir: parent, prefix: `.${basename(dir)}-` });
  try {
    await writeNewFile(join(beside, "key.pem"), { text: files.keyPem, isSecret: true });
    await writeNewFile(join(beside, "cert.pem"), { text: files.certificatePem, isSecret: false });
    await syncDir(beside);
    await Deno.rename(beside, dir);
    await syncDir(parent);
  } catch (error) {
    await Deno.remove(beside, { recursive: true }).catch(() => undefined);
    throw new DomainError("io_failed", `Cannot write ${dir}`, { cause: error });
  }
}

/**
 * Reads the authority from its folder.
 *
 * @returns The authority; `undefined` if this machine has none.
 * @throws {DomainError} `config_invalid` if only one file is there, the key is readable by others,
 * or the two do not belong together.
 */
export async function loadAuthorityFiles(dir: string): Promise<Authority | undefined> {
  const keyPem = await readSecretFile(join(dir, "key.pem"));
  const certificatePem = await readFileIfThere(join(dir, "cert.pem"));
  if (keyPem === undefined && certificatePem === undefined) return undefined;
  if (keyPem === undefined || certificatePem === undefined) {
    throw new DomainError(
      "config_invalid",
      `Cannot use the authority in ${dir}: no ${keyPem === undefined ? "key.pem" : "cert.pem"}`,
      { hint: "Put both files back from a backup; without the key no certificate can be made" },
    );
  }
  return await loadAuthority({ certificatePem, keyPem });
}

/**
 * {@linkcode loadAuthorityFiles} where there must be one.
 *
 * @throws {DomainError} `not_initialized` if this machine has none.
 */
export async function requireAuthorityFiles(dir: string): Promise<Authority> {
  const authority = await loadAuthorityFiles(dir);
  if (authority !== undefined) return authority;
  throw new DomainError("not_initialized", `Cannot find the farm's authority in ${dir}`, {
    hint: "Run this on the machine where the farm was made, or make one: olive certs init",
  });
}
