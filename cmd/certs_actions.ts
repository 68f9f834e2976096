import {
  authorityDir,
  BUNDLE_WARNING,
  type CertificateRecord,
  copyBundle,
  createToken,
  identityDir,
  identityExists,
  initFarm,
  joinFarm,
  loadAuthorityFiles,
  loadIdentityFiles,
  makeBundle,
  renewIdentity,
  renewLocally,
  revokeCertificates,
  TOKEN_MS_DEFAULT,
} from "../certs/mod.ts";
import { createSystemClock, DomainError, isRole, type Role, ROLES } from "../mod/core/mod.ts";
import { createSystemRunner } from "../mod/process/mod.ts";
import { enrolWithMaster } from "../mod/tls/mod.ts";
import type { CommandIo } from "./command.ts";
import { DEFAULT_ENROL_PORT, DEFAULT_MASTER_PORT } from "./default_ports.ts";
import { EXIT } from "./exit_codes.ts";
import { connectAs } from "./farm_connection.ts";
import { type FarmState, openFarmState, stateDirOf } from "./farm_state.ts";
import type { Flags } from "./flags.ts";
import {
  machineName,
  reachableHosts,
  reachableUrl,
  toCertificateName,
} from "./machine_addresses.ts";

const MINUTE_MS = 60_000;

/** `olive certs init` */
export async function initializeFarm(flags: Flags, io: CommandIo): Promise<number> {
  const state = await openFarmState({ flags, io }, { needsAuthority: false });
  try {
    const masterUrl = masterUrlOf(flags) ?? `https://localhost:${DEFAULT_MASTER_PORT}`;
    const result = await initFarm({
      stateDir: state.stateDir,
      hostName: flags.text("name") ?? machineName(),
      personName: flags.text("person") ??
        (toCertificateName(io.env("USER") ?? io.env("USERNAME") ?? "") || "admin"),
      hosts: [...flags.list("host"), ...hostOf(masterUrl), ...reachableHosts()],
      masterUrl,
    }, state.certs);
    if (flags.has("json")) {
      io.stdout(JSON.stringify({ stateDir: state.stateDir, entries: result.entries }) + "\n");
      return EXIT.ok;
    }
    for (const entry of result.entries) {
      io.stdout(`${entry.outcome.padEnd(8)} ${entry.what.padEnd(9)} ${entry.dir}\n`);
    }
    io.stdout(
      "\nNext: olive master. A worker on this machine: olive worker. Another machine: olive certs token\n",
    );
    return EXIT.ok;
  } finally {
    await state.close();
  }
}

/** `olive certs token` */
export async function makeToken(flags: Flags, io: CommandIo): Promise<number> {
  const state = await openFarmState({ flags, io }, { needsAuthority: true });
  try {
    const role = readRole(flags.text("role") ?? "worker");
    const minutes = Number(flags.text("ttl") ?? TOKEN_MS_DEFAULT / MINUTE_MS);
    const name = flags.text("name");
    const { token, record } = await createToken({
      role,
      address: enrolAddress(flags),
      ttlMs: minutes * MINUTE_MS,
      ...(name === undefined ? {} : { name }),
    }, { ...state.certs, authority: state.requireAuthority(), tokens: state.tokens });
    const expiresAt = new Date(record.expiresAtMs).toISOString();
    if (flags.has("json")) {
      io.stdout(JSON.stringify({ token, role, expiresAt }) + "\n");
      return EXIT.ok;
    }
    io.stderr(`Paste this on the new machine before ${expiresAt} (works once):\n\n`);
    io.stdout(`olive certs join ${token}\n`);
    if (role === "worker") io.stderr("\nThen start it there: olive worker\n");
    return EXIT.ok;
  } finally {
    await state.close();
  }
}

/** `olive certs add HOST` */
export async function addHost(flags: Flags, io: CommandIo): Promise<number> {
  const name = onlyTarget(flags, "olive certs add HOST");
  const state = await openFarmState({ flags, io }, { needsAuthority: true });
  try {
    const { dir } = await makeBundle({
      name,
      masterUrl: masterUrlOf(flags) ?? reachableUrl(DEFAULT_MASTER_PORT),
      outDir: flags.text("out") ?? io.cwd,
    }, { ...state.certs, authority: state.requireAuthority() });
    io.stderr(`${BUNDLE_WARNING}\n`);
    const target = flags.text("scp");
    if (target !== undefined) {
      await copyBundle(
        { dir, target, sshAuthSock: io.env("SSH_AUTH_SOCK") },
        { runner: createSystemRunner({ env: io.env }) },
      );
    }
    io.stdout(flags.has("json") ? JSON.stringify({ dir }) + "\n" : `${dir}\n`);
    return EXIT.ok;
  } finally {
    await state.close();
  }
}

/** `olive certs join TOKEN` */
export async function joinThisMachine(flags: Flags, io: CommandIo): Promise<number> {
  const token = onlyTarget(flags, "olive certs join TOKEN");
  const joined = await joinFarm(
    { token, stateDir: stateDirOf({ flags, io }), name: flags.text("name") ?? machineName() },
    { enrol: enrolWithMaster, clock: createSystemClock() },
  );
  const { role, name } = joined.identity;
  io.stdout(
    flags.has("json")
      ? JSON.stringify({ role, name, dir: joined.dir, masterUrl: joined.masterUrl }) + "\n"
      : `Joined ${joined.masterUrl} as ${role} ${name}\n`,
  );
  if (role === "worker" && !flags.has("json")) io.stderr("Start it: olive worker\n");
  return EXIT.ok;
}

/** `olive certs list` */
export async function listCertificates(flags: Flags, io: CommandIo): Promise<number> {
  const state = await openFarmState({ flags, io }, { needsAuthority: false });
  try {
    const records = await state.certs.registry.list({ afterMs: 0 });
    if (flags.has("json")) io.stdout(JSON.stringify({ certificates: records }) + "\n");
    else for (const record of records) io.stdout(recordLine(record, state) + "\n");
    return EXIT.ok;
  } finally {
    await state.close();
  }
}

/** `olive certs revoke TARGET` */
export async function revoke(flags: Flags, io: CommandIo): Promise<number> {
  const target = onlyTarget(flags, "olive certs revoke NAME");
  const state = await openFarmState({ flags, io }, { needsAuthority: false });
  try {
    const records = await revokeCertificates(
      { target, reason: flags.text("reason") ?? "" },
      state.certs,
    );
    if (flags.has("json")) io.stdout(JSON.stringify({ revoked: records }) + "\n");
    else for (const record of records) io.stdout(recordLine(record, state) + "\n");
    return EXIT.ok;
  } finally {
    await state.close();
  }
}

/** `olive certs renew` */
export async function renewOwn(flags: Flags, io: CommandIo): Promise<number> {
  const stateDir = stateDirOf({ flags, io });
  const isMastersMachine = await loadAuthorityFiles(authorityDir(stateDir)) !== undefined;
  const state = isMastersMachine
    ? await openFarmState({ flags, io }, { needsAuthority: true })
    : undefined;
  try {
    let count = 0;
    for (const role of ROLES) {
      const dir = identityDir(stateDir, role);
      if (!await identityExists(dir)) continue;
      const until = state === undefined ? await renewAtMaster(dir) : await renewHere(dir, state);
      io.stdout(`renewed ${role} until ${new Date(until).toISOString()}\n`);
      count++;
    }
    if (count > 0) return EXIT.ok;
    throw new DomainError("not_initialized", `Cannot renew: ${stateDir} has no certificate`, {
      hint: "Join a farm: olive certs join TOKEN",
    });
  } finally {
    await state?.close();
  }
}

async function renewHere(dir: string, state: FarmState): Promise<number> {
  const loaded = await loadIdentityFiles(dir);
  const deps = { ...state.certs, authority: state.requireAuthority() };
  return (await renewLocally(loaded, deps)).record.notAfterMs;
}

async function renewAtMaster(dir: string): Promise<number> {
  const loaded = await loadIdentityFiles(dir);
  const farm = connectAs(loaded);
  try {
    const renewed = await renewIdentity(loaded, {
      renew: (csrPem) => farm.client.renewCertificate({ csrPem }),
      clock: createSystemClock(),
    });
    return renewed.facts.notAfterMs;
  } finally {
    await farm.close();
  }
}

function recordLine(record: CertificateRecord, state: FarmState): string {
  const nowMs = state.certs.clock.nowMs();
  const until = new Date(record.notAfterMs).toISOString().slice(0, 10);
  const standing = record.revokedAtMs !== undefined
    ? `revoked ${new Date(record.revokedAtMs).toISOString().slice(0, 10)}`
    : nowMs >= record.notAfterMs
    ? "expired"
    : "valid";
  return [
    record.fingerprint.slice(0, 16),
    record.role.padEnd(6),
    standing.padEnd(18),
    until,
    record.origin.padEnd(7),
    record.name,
  ].join("  ");
}

function readRole(text: string): Role {
  if (isRole(text)) return text;
  throw new DomainError("usage", `Cannot use role ${JSON.stringify(text)}`, {
    hint: "Use one of: worker, client, admin",
  });
}

function onlyTarget(flags: Flags, example: string): string {
  const [, target, ...rest] = flags.operands;
  if (target !== undefined && rest.length === 0) return target;
  throw new DomainError("usage", "Cannot tell whom: give exactly one", {
    hint: `For example: ${example}`,
  });
}

function masterUrlOf(flags: Flags): string | undefined {
  const text = flags.text("url");
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url?.protocol === "https:") return url.origin;
  throw new DomainError("usage", `Cannot use ${JSON.stringify(text)}: not an https URL`, {
    hint: "For example: --url https://192.168.1.10:4747",
  });
}

function hostOf(url: string): string[] {
  return [new URL(url).hostname.replace(/^\[|\]$/g, "")];
}

function enrolAddress(flags: Flags): string {
  const url = masterUrlOf(flags);
  const { hostname } = new URL(url ?? reachableUrl(DEFAULT_MASTER_PORT));
  return `${hostname}:${flags.text("enrol-port") ?? DEFAULT_ENROL_PORT}`;
}
