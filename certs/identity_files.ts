import { basename, dirname, join } from "@std/path";
import { DomainError, type Identity } from "../mod/core/mod.ts";
import { type CertificateFacts, readCertificateFactsOfPem } from "./certificate_facts.ts";
import { keyMatchesCertificate, privateKeyFromPem } from "./key_pair.ts";
import {
  makePrivateDir,
  readFileIfThere,
  readSecretFile,
  syncDir,
  writeNewFile,
} from "./secret_file.ts";
import { shellWord } from "./shell_word.ts";

/**
 * The files of one identity, in a folder of their own (mode 0700):
 *
 * | file | what | mode |
 * |---|---|---|
 * | `key.pem` | private key, PKCS #8 | 0600 |
 * | `cert.pem` | certificate | 0644 |
 * | `ca.pem` | certificate of the farm's authority | 0644 |
 * | `farm.json` | `{"masterUrl": "https://host:port"}` | 0644 |
 */
export interface IdentityFiles {
  /** Private key, PEM. A secret. */
  readonly key: string;
  /** Certificate, PEM. */
  readonly cert: string;
  /** Certificate of the authority, PEM. */
  readonly ca: string;
  /** Where the master listens; absent in the master's own folder. */
  readonly masterUrl?: string | undefined;
}

/** An identity that was read from its folder. */
export interface LoadedIdentity extends IdentityFiles {
  /** What the certificate says. */
  readonly facts: CertificateFacts;
  /** Role, name and fingerprint. */
  readonly identity: Identity;
  /** Its folder. */
  readonly dir: string;
}

const KEY = "key.pem";
const CERT = "cert.pem";
const CA = "ca.pem";
const FARM = "farm.json";
const NEXT = ".next";

/**
 * Writes a new identity: a whole folder appears at once, or nothing.
 *
 * @param dir Folder to make; must not exist.
 * @param files What goes in.
 * @throws {DomainError} `config_invalid` if the folder exists: it is never overwritten.
 */
export async function createIdentityFiles(dir: string, files: IdentityFiles): Promise<void> {
  await assertNoIdentity(dir);
  const parent = dirname(dir);
  await makePrivateDir(parent);
  const beside = await Deno.makeTempDir({ dir: parent, prefix: `.${basename(dir)}-` });
  try {
    await writeNewFile(join(beside, KEY), { text: files.key, isSecret: true });
    await writeNewFile(join(beside, CERT), { text: files.cert, isSecret: false });
    await writeNewFile(join(beside, CA), { text: files.ca, isSecret: false });
    if (files.masterUrl !== undefined) {
      const text = JSON.stringify({ masterUrl: files.masterUrl }, null, 2) + "\n";
      await writeNewFile(join(beside, FARM), { text, isSecret: false });
    }
    await syncDir(beside);
    await Deno.rename(beside, dir);
    await syncDir(parent);
  } catch (error) {
    await Deno.remove(beside, { recursive: true }).catch(() => undefined);
    await assertNoIdentity(dir);
    throw new DomainError("io_failed", `Cannot write ${dir}`, { cause: error });
  }
}

/**
 * Makes sure that a folder is free for a new identity.
 *
 * @throws {DomainError} `config_invalid` if it exists.
 */
export async function assertNoIdentity(dir: string): Promise<void> {
  if (!await identityExists(dir)) return;
  throw new DomainError("config_invalid", `Cannot write ${dir}: it exists`, {
    hint: `To start over, move it away first: mv ${shellWord(dir)} ${shellWord(`${dir}.old`)}`,
  });
}

/** Whether a folder of an identity is there, complete or not. */
export async function identityExists(dir: string): Promise<boolean> {
  try {
    await Deno.lstat(dir);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new DomainError("io_failed", `Cannot read ${dir}`, { cause: error });
  }
}

/**
 * Puts a renewed key and certificate in place of the old pair.
 *
 * Two files cannot be renamed at once; a crash in between is put right by the next
 * {@linkcode loadIdentityFiles}.
 *
 * @param dir Folder of the identity.
 * @param pair The new ones; they must belong together.
 */
export async function replaceIdentityFiles(
  dir: string,
  pair: Pick<IdentityFiles, "key" | "cert">,
): Promise<void> {
  for (const name of [KEY, CERT]) {
    // Left by a run that was killed before its first rename: never in use.
    await Deno.remove(join(dir, name + NEXT)).catch(() => undefined);
  }
  await writeNewFile(join(dir, KEY + NEXT), { text: pair.key, isSecret: true });
  await writeNewFile(join(dir, CERT + NEXT), { text: pair.cert, isSecret: false });
  await syncDir(dir);
  await Deno.rename(join(dir, KEY + NEXT), join(dir, KEY));
  await Deno.rename(join(dir, CERT + NEXT), join(dir, CERT));
  await syncDir(dir);
}

/**
 * Reads an identity from its folder and checks that its files belong together.
 *
 * @param dir Its folder.
 * @returns The files, and what the certificate says. An expired certificate is returned too.
 * @throws {DomainError} `not_initialized` if there is none; `config_invalid` if a file is missing,
 * the key is readable by others, or key and certificate do not match.
 */
export async function loadIdentityFiles(dir: string): Promise<LoadedIdentity> {
  const key = await readSecretFile(join(dir, KEY));
  let cert = await readFileIfThere(join(dir, CERT));
  const ca = await readFileIfThere(join(dir, CA));
  if (key === undefined && cert === undefined) throw notInitialized(dir);
  if (key === undefined || cert === undefined || ca === undefined) {
    const missing = [[KEY, key], [CERT, cert], [CA, ca]].filter(([, text]) => text === undefined)
      .map(([name]) => name);
    throw new DomainError("config_invalid", `Cannot use ${dir}: no ${missing.join(", no ")}`, {
      hint: `Move it away and join again: mv ${shellWord(dir)} ${
        shellWord(`${dir}.old`)
      } && olive certs join TOKEN`,
    });
  }
  if (!await pairMatches({ key, cert }, dir)) cert = await finishRenewal(dir, key);
  const facts = readCertificateFactsOfPem(cert);
  const masterUrl = parseFarm(await readFileIfThere(join(dir, FARM)), dir);
  return { key, cert, ca, masterUrl, facts, identity: facts.identity, dir };
}

async function pairMatches(
  pair: { readonly key: string; readonly cert: string },
  dir: string,
): Promise<boolean> {
  const privateKey = await privateKeyFromPem(pair.key, join(dir, KEY));
  try {
    return await keyMatchesCertificate(privateKey, pair.cert);
  } catch (error) {
    throw new DomainError("config_invalid", `Cannot read certificate ${join(dir, CERT)}`, {
      cause: error,
    });
  }
}

/** A renewal was cut off between its two renames: the certificate of the new key is still beside. */
async function finishRenewal(dir: string, key: string): Promise<string> {
  const next = await readFileIfThere(join(dir, CERT + NEXT));
  if (next !== undefined && await pairMatches({ key, cert: next }, dir)) {
    await Deno.rename(join(dir, CERT + NEXT), join(dir, CERT));
    return next;
  }
  throw new DomainError(
    "config_invalid",
    `Cannot use ${dir}: its key and its certificate do not belong together`,
    {
      hint: `Move it away and join again: mv ${shellWord(dir)} ${
        shellWord(`${dir}.old`)
      } && olive certs join TOKEN`,
    },
  );
}

function parseFarm(text: string | undefined, dir: string): string | undefined {
  if (text === undefined) return undefined;
  try {
    const { masterUrl } = JSON.parse(text) as { masterUrl?: unknown };
    if (typeof masterUrl === "string" && new URL(masterUrl).protocol === "https:") return masterUrl;
  } catch {
    // Falls through: whatever is wrong with it, the sentence is the same.
  }
  throw new DomainError("config_invalid", `Cannot read ${join(dir, FARM)}: no https masterUrl`, {
    hint: 'It should be: {"masterUrl": "https://HOST:PORT"}',
  });
}

function notInitialized(dir: string): DomainError {
  return new DomainError("not_initialized", `Cannot find a certificate in ${dir}`, {
    hint: "On the master's machine: olive certs init; elsewhere: olive certs join TOKEN",
  });
}
