import type { Role } from "../mod/core/mod.ts";
import { type Authority, type CertsDeps, createAuthority } from "./authority.ts";
import { isSignedBy, serialOf } from "./chain.ts";
import { createAuthorityFiles, loadAuthorityFiles } from "./authority_files.ts";
import {
  createIdentityFiles,
  identityExists,
  type LoadedIdentity,
  loadIdentityFiles,
  replaceIdentityFiles,
} from "./identity_files.ts";
import { LOCAL_HOSTS, parseHosts } from "./host_names.ts";
import { generateKeyPair, privateKeyToPem } from "./key_pair.ts";
import { issueCertificate } from "./issue.ts";
import { type CertificateRegistry, isActive, toRecord } from "./registry.ts";
import { authorityDir, identityDir } from "./state_dir.ts";

/** What `olive certs init` makes. */
export interface InitFarmOptions {
  /** Folder of all of it, see `resolveStateDir`. */
  readonly stateDir: string;
  /** Name of this machine, for the master's and the local worker's certificate. */
  readonly hostName: string;
  /** Name of the person, for the admin certificate. */
  readonly personName: string;
  /** Names and addresses under which others reach the master; those of the machine itself are added. */
  readonly hosts: readonly string[];
  /** Where the local worker and the local person reach the master: `https://localhost:7420`. */
  readonly masterUrl: string;
}

/** What the making of a farm needs beside its options. */
export interface InitFarmDeps extends CertsDeps {
  /** Where every certificate is listed. */
  readonly registry: CertificateRegistry;
}

/** What came out of `initFarm`. */
export interface InitFarmResult {
  /** The farm's authority. */
  readonly authority: Authority;
  /** One entry for the authority and each identity, in order. */
  readonly entries: readonly InitEntry[];
}

/** One folder of the farm. */
export interface InitEntry {
  /** What it is. */
  readonly what: "authority" | Role;
  /** Its folder. */
  readonly dir: string;
  /** `created`; `extended`: same identity, new certificate with more hosts; `kept`: nothing changed. */
  readonly outcome: "created" | "extended" | "kept";
}

/**
 * Makes a farm: the authority, the master's certificate, one for a worker on the same machine, and
 * one for the person. What exists is kept; asking for a host that the master's certificate lacks
 * makes a new one with all old and new hosts.
 *
 * Certificates that exist but are missing in the registry are listed again, so that a lost database
 * locks nobody out of the master's own machine.
 *
 * @param options What to make and where.
 * @param deps Clock, randomness and registry.
 * @throws {DomainError} `usage` for a bad name or host; `config_invalid` if what exists is damaged.
 */
export async function initFarm(
  options: InitFarmOptions,
  deps: InitFarmDeps,
): Promise<InitFarmResult> {
  parseHosts(options.hosts);
  const dir = authorityDir(options.stateDir);
  const existing = await loadAuthorityFiles(dir);
  const authority = existing ?? await makeAuthority(dir, deps);
  const entries: InitEntry[] = [
    { what: "authority", dir, outcome: existing === undefined ? "created" : "kept" },
  ];
  const context: MakeContext = { authority, options, deps };
  entries.push(await ensureIdentity("master", context));
  entries.push(await ensureIdentity("worker", context));
  entries.push(await ensureIdentity("admin", context));
  return { authority, entries };
}

interface MakeContext {
  readonly authority: Authority;
  readonly options: InitFarmOptions;
  readonly deps: InitFarmDeps;
}

async function makeAuthority(dir: string, deps: InitFarmDeps): Promise<Authority> {
  const { authority, keyPem } = await createAuthority(deps);
  await createAuthorityFiles(dir, { certificatePem: authority.certificatePem, keyPem });
  return authority;
}

async function ensureIdentity(role: Role, context: MakeContext): Promise<InitEntry> {
  const { options } = context;
  const dir = identityDir(options.stateDir, role);
  if (!await identityExists(dir)) {
    const { key, cert } = await makeIdentity(role, { ...context, hosts: options.hosts });
    await createIdentityFiles(dir, {
      key,
      cert,
      ca: context.authority.certificatePem,
      masterUrl: role === "master" ? undefined : options.masterUrl,
    });
    return { what: role, dir, outcome: "created" };
  }
  const loaded = await loadIdentityFiles(dir);
  if (role === "master" && lacksHost(loaded, options.hosts)) {
    const hosts = [...loaded.facts.hosts, ...options.hosts];
    await replaceIdentityFiles(dir, await makeIdentity(role, { ...context, hosts }));
    return { what: role, dir, outcome: "extended" };
  }
  await listAgain(loaded, context);
  return { what: role, dir, outcome: "kept" };
}

function lacksHost(loaded: LoadedIdentity, hosts: readonly string[]): boolean {
  const there = new Set(parseHosts(loaded.facts.hosts).map((entry) => entry.value));
  return parseHosts([...LOCAL_HOSTS, ...hosts]).some((entry) => !there.has(entry.value));
}

async function makeIdentity(
  role: Role,
  context: MakeContext & { readonly hosts: readonly string[] },
): Promise<{ readonly key: string; readonly cert: string }> {
  const { authority, options, deps, hosts } = context;
  const keys = await generateKeyPair();
  const issued = await issueCertificate(authority, {
    role,
    name: role === "admin" ? options.personName : options.hostName,
    publicKey: keys.publicKey,
    hosts: role === "master" ? hosts : [],
    clock: deps.clock,
    random: deps.random,
  });
  await deps.registry.add(toRecord(issued, { origin: "init", issuedAtMs: deps.clock.nowMs() }));
  return { key: await privateKeyToPem(keys.privateKey), cert: issued.certificatePem };
}

async function listAgain(loaded: LoadedIdentity, context: MakeContext): Promise<void> {
  const { registry, clock } = context.deps;
  const { identity, facts } = loaded;
  if (await registry.find(identity.fingerprint) !== undefined) return;
  const isOurs = await isSignedBy({
    certificatePem: loaded.cert,
    authorityPem: context.authority.certificatePem,
  });
  const record = {
    ...identity,
    serial: serialOf(loaded.cert),
    notBeforeMs: facts.notBeforeMs,
    notAfterMs: facts.notAfterMs,
    issuedAtMs: facts.notBeforeMs,
    origin: "init" as const,
  };
  if (isOurs && isActive(record, clock.nowMs())) await registry.add(record);
}
