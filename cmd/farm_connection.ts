import {
  identityDir,
  identityExists,
  type LoadedIdentity,
  loadIdentityFiles,
  resolveStateDir,
} from "../certs/mod.ts";
import { createMasterClient, type MasterClient } from "../mod/client/mod.ts";
import { createSystemClock, DomainError, type Role, systemRandomBytes } from "../mod/core/mod.ts";
import { createMtlsFetch, trustFarmOnly } from "../mod/tls/mod.ts";
import type { CommandIo } from "./command.ts";
import type { Flags, FlagSpecs } from "./flags.ts";
import { pathSetting, textSetting } from "./settings.ts";

/** Flags of every command that talks to the master. */
export const FARM_FLAGS: FlagSpecs = {
  master: { kind: "text" },
  "state-dir": { kind: "text" },
};

/** A farm that a command talks to. */
export interface FarmConnection {
  readonly client: MasterClient;
  readonly masterUrl: string;
  /** Ends the connection, and the farm itself where the command made one. */
  close(): Promise<void>;
}

/** Roles of a person, the mightier first. */
const PERSON_ROLES: readonly Role[] = ["admin", "client"];

/**
 * Connects to the farm that this machine is enrolled at, with the person's certificate.
 *
 * @param flags Read with {@linkcode FARM_FLAGS}.
 * @throws {DomainError} `not_initialized` if there is no certificate, `config_invalid` if its files
 * are damaged or open to others.
 */
export async function openFarm(flags: Flags, io: CommandIo): Promise<FarmConnection> {
  const sources = { flags, io };
  const stateDir = resolveStateDir({ env: io.env, stateDir: pathSetting(sources, "state-dir") });
  const identity = await findIdentity(stateDir, PERSON_ROLES);
  return connectAs(identity, textSetting(sources, "master"));
}

/**
 * The first identity of these roles that this machine has.
 *
 * @throws {DomainError} `not_initialized` if it has none.
 */
export async function findIdentity(
  stateDir: string,
  roles: readonly Role[],
): Promise<LoadedIdentity> {
  for (const role of roles) {
    const dir = identityDir(stateDir, role);
    if (await identityExists(dir)) return await loadIdentityFiles(dir);
  }
  throw new DomainError(
    "not_initialized",
    `Cannot talk to a farm: ${stateDir} has no ${roles.join(" or ")} certificate`,
    {
      hint: "On the master's machine: olive certs init. On another: olive certs join TOKEN, " +
        `with a token made there by: olive certs token --role ${roles.at(-1)}`,
    },
  );
}

/** Connects with an identity; `masterUrl` wins over the one that came with it. */
export function connectAs(identity: LoadedIdentity, masterUrl?: string): FarmConnection {
  trustFarmOnly((name, value) => Deno.env.set(name, value));
  const baseUrl = checkMasterUrl(masterUrl ?? identity.masterUrl);
  const mtls = createMtlsFetch(identity);
  const client = createMasterClient({
    baseUrl,
    fetch: (url, init) => mtls.fetch(url, init),
    clock: createSystemClock(),
    random: systemRandomBytes,
  });
  return {
    client,
    masterUrl: baseUrl,
    close(): Promise<void> {
      mtls.close();
      return Promise.resolve();
    },
  };
}

/**
 * Makes sure that a text names a master.
 *
 * @throws {DomainError} `config_invalid` if it is absent or no https URL.
 */
export function checkMasterUrl(text: string | undefined): string {
  const url = text === undefined ? undefined : URL.parse(text);
  if (url?.protocol === "https:") return url.origin;
  throw new DomainError(
    "config_invalid",
    text === undefined
      ? "Cannot find the master: no address given"
      : `Cannot use master ${JSON.stringify(text)}: not an https URL`,
    { hint: "For example: --master https://192.168.1.10:4747" },
  );
}
