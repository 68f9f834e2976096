import { basename, join } from "@std/path";
import { DomainError, isHostName } from "../mod/core/mod.ts";
import type { ProcessRunner } from "../mod/process/mod.ts";
import type { Authority, CertsDeps } from "./authority.ts";
import { parseHosts } from "./host_names.ts";
import { createIdentityFiles } from "./identity_files.ts";
import { issueCertificate } from "./issue.ts";
import { generateKeyPair, privateKeyToPem } from "./key_pair.ts";
import { type CertificateRecord, type CertificateRegistry, toRecord } from "./registry.ts";
import { identityDir } from "./state_dir.ts";

/** What to tell whoever makes a bundle. */
export const BUNDLE_WARNING: string =
  "The bundle holds a private key that was made here: copy it over a safe way and delete it here. " +
  "Better: olive certs token, and olive certs join on the new machine, whose key never leaves it";

/** Longest time for copying a bundle, milliseconds. */
const COPY_MS_MAX = 60_000;

/** Whom a bundle is for. */
export interface BundleOptions {
  /** Name of the worker's host. */
  readonly name: string;
  /** Where that host reaches the master, `https://host:port`. */
  readonly masterUrl: string;
  /** Folder to make the bundle's folder in. */
  readonly outDir: string;
}

/**
 * Makes a worker's files as a state folder of its own, `olive-NAME`, to be copied to that host. There:
 * `olive worker --state-dir olive-NAME`.
 *
 * The key is made here, as in the old days: see BUNDLE_WARNING.
 *
 * @param options Whom for, and where to put it.
 * @param deps Authority, registry, clock and randomness.
 * @returns The bundle's folder, and the record for the guard.
 * @throws {DomainError} `usage` for a bad name; `config_invalid` if the folder exists.
 */
export async function makeBundle(
  options: BundleOptions,
  deps: CertsDeps & { readonly authority: Authority; readonly registry: CertificateRegistry },
): Promise<{ readonly dir: string; readonly record: CertificateRecord }> {
  const { name, masterUrl, outDir } = options;
  const { authority, registry, clock, random } = deps;
  const keys = await generateKeyPair();
  const { publicKey, privateKey } = keys;
  const issued = await issueCertificate(authority, {
    role: "worker",
    name,
    publicKey,
    clock,
    random,
  });
  const dir = join(outDir, `olive-${name}`);
  await createIdentityFiles(identityDir(dir, "worker"), {
    key: await privateKeyToPem(privateKey),
    cert: issued.certificatePem,
    ca: authority.certificatePem,
    masterUrl,
  });
  const record = toRecord(issued, { origin: "bundle", issuedAtMs: clock.nowMs() });
  await registry.add(record);
  return { dir, record };
}

/** Where a bundle is copied to. */
export interface CopyBundleOptions {
  /** The bundle's folder. */
  readonly dir: string;
  /** `host` or `user@host`. */
  readonly target: string;
  /** `SSH_AUTH_SOCK` of the person, for the agent's keys. */
  readonly sshAuthSock?: string | undefined;
}

/**
 * Copies a bundle into the home folder of another machine with `scp`, without asking for passwords.
 *
 * @param options What and where to.
 * @param deps Runs `scp`.
 * @throws {DomainError} `usage` for a target that is none; `program_missing` without `scp`;
 * `io_failed` with its last words if it fails.
 */
export async function copyBundle(
  options: CopyBundleOptions,
  deps: { readonly runner: ProcessRunner },
): Promise<void> {
  const { dir, target, sshAuthSock } = options;
  const outcome = await deps.runner.run({
    program: "scp",
    args: ["-r", "-p", "-q", "-B", "--", dir, `${scpTarget(target)}:`],
    env: sshAuthSock === undefined ? {} : { SSH_AUTH_SOCK: sshAuthSock },
    timeoutMs: COPY_MS_MAX,
  });
  if (outcome.code === 0) return;
  const why = outcome.stderrTail.trim().split("\n").at(-1) ?? "";
  throw new DomainError("io_failed", `Cannot copy ${basename(dir)} to ${target}: ${why}`, {
    hint: `Check that this works without a password: ssh ${target} true`,
  });
}

/** A target that cannot be taken for an option or a path. */
function scpTarget(target: string): string {
  const [, user, host] = /^(?:([A-Za-z_][A-Za-z0-9_.-]{0,31})@)?([^@]+)$/.exec(target) ?? [];
  if (host === undefined || host.startsWith("-")) {
    throw new DomainError(
      "usage",
      `Cannot copy to ${JSON.stringify(target)}: no host or user@host`,
    );
  }
  const [entry] = parseHosts([host]);
  const name = entry?.value ?? host;
  const quoted = isHostName(name) || !name.includes(":") ? name : `[${name}]`;
  return user === undefined ? quoted : `${user}@${quoted}`;
}
