import { join } from "@std/path";
import {
  type Authority,
  authorityDir,
  type CertificateRegistry,
  loadAuthorityFiles,
  resolveStateDir,
  type TokenStore,
} from "../certs/mod.ts";
import {
  type Clock,
  createSystemClock,
  DomainError,
  type RandomBytes,
  systemRandomBytes,
} from "../mod/core/mod.ts";
import { openDatabase } from "../mod/db/mod.ts";
import { createCertificateRegistry, createTokenStore } from "../mod/store/mod.ts";
import { pathSetting, type SettingSources, textSetting } from "./settings.ts";

/** Name of the database file in the state folder. */
const DATABASE_FILE = "olive.db";

/** The farm's own state on the master's machine. */
export interface FarmState {
  readonly stateDir: string;
  /** What the functions of `certs/` take. */
  readonly certs: {
    readonly registry: CertificateRegistry;
    readonly clock: Clock;
    readonly random: RandomBytes;
  };
  readonly tokens: TokenStore;
  /** The authority; absent where the farm was not made on this machine. */
  readonly authority: Authority | undefined;
  /** @throws {DomainError} `not_initialized` where there is none. */
  requireAuthority(): Authority;
  close(): Promise<void>;
}

/** Folder of this machine's farm files, from `--state-dir`, `OLIVE_STATE_DIR`, or the XDG rules. */
export function stateDirOf(sources: SettingSources): string {
  return resolveStateDir({ env: sources.io.env, stateDir: pathSetting(sources, "state-dir") });
}

/** The farm's database: a file in the state folder, or what `--database` names. */
export function databaseLocationOf(
  sources: SettingSources,
  stateDir: string,
): { location: string; authToken: string | undefined } {
  return {
    location: textSetting(sources, "database") ?? join(stateDir, DATABASE_FILE),
    // Never a flag: whoever lists processes would read it.
    authToken: sources.io.env("OLIVE_DATABASE_TOKEN"),
  };
}

/**
 * Opens the farm's state on the master's machine.
 *
 * @param options `needsAuthority`: refuse a machine where the farm was not made.
 * @throws {DomainError} `not_initialized`, `config_invalid`, `db_failed`, `schema_newer`.
 */
export async function openFarmState(
  sources: SettingSources,
  options: { readonly needsAuthority: boolean },
): Promise<FarmState> {
  const stateDir = stateDirOf(sources);
  const authority = await loadAuthorityFiles(authorityDir(stateDir));
  if (authority === undefined && options.needsAuthority) throw noAuthority(stateDir);
  const clock = createSystemClock();
  await Deno.mkdir(stateDir, { recursive: true, mode: 0o700 });
  const db = await openDatabase({ ...databaseLocationOf(sources, stateDir), clock });
  return {
    stateDir,
    certs: { registry: createCertificateRegistry(db), clock, random: systemRandomBytes },
    tokens: createTokenStore(db),
    authority,
    requireAuthority(): Authority {
      if (authority === undefined) throw noAuthority(stateDir);
      return authority;
    },
    close: () => db.close(),
  };
}

function noAuthority(stateDir: string): DomainError {
  return new DomainError(
    "not_initialized",
    `Cannot issue certificates: ${stateDir} has no authority`,
    { hint: "This is for the master's machine. To make a farm here: olive certs init" },
  );
}
