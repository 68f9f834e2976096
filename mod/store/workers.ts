import type { ReadTx, WriteTx } from "../db/mod.ts";
import type { Capabilities } from "../wire/mod.ts";

/** A worker that has registered at some time. */
export interface StoredWorker {
  /** `host` or `host:label`. */
  readonly name: string;
  /** Its latest run. */
  readonly sessionId: string;
  /** Renders at a time. */
  readonly slots: number;
  /** Where its latest registration came from. */
  readonly address: string;
  /** Of its program. */
  readonly programVersion: string;
  /** What it can do. */
  readonly capabilities: Capabilities;
  /** When it was last heard of, milliseconds since 1970 UTC. */
  readonly lastSeenAtMs: number;
}

interface WorkerRow extends Omit<StoredWorker, "capabilities"> {
  readonly capabilitiesJson: string;
}

const SAVE = `
  INSERT INTO worker (name, session_id, slots, address, program_version, capabilities_json,
    first_seen_at_ms, last_seen_at_ms)
  VALUES (:name, :sessionId, :slots, :address, :programVersion, :capabilities, :nowMs, :nowMs)
  ON CONFLICT (name) DO UPDATE SET session_id = excluded.session_id, slots = excluded.slots,
    address = excluded.address, program_version = excluded.program_version,
    capabilities_json = excluded.capabilities_json, last_seen_at_ms = excluded.last_seen_at_ms`;

/** Keeps what a worker says of itself. */
export async function saveWorker(tx: WriteTx, worker: StoredWorker): Promise<void> {
  const { name, sessionId, slots, address, programVersion, capabilities, lastSeenAtMs } = worker;
  await tx.run(SAVE, {
    name,
    sessionId,
    slots,
    address,
    programVersion,
    capabilities: JSON.stringify(capabilities),
    nowMs: lastSeenAtMs,
  });
}

const TOUCH = "UPDATE worker SET last_seen_at_ms = :atMs WHERE name = :name";

/** Keeps when a worker was last heard of. */
export async function touchWorker(
  tx: WriteTx,
  seen: { readonly name: string; readonly atMs: number },
): Promise<void> {
  await tx.run(TOUCH, { ...seen });
}

const LIST = `
  SELECT name, session_id AS "sessionId", slots, address, program_version AS "programVersion",
    capabilities_json AS "capabilitiesJson", last_seen_at_ms AS "lastSeenAtMs"
  FROM worker ORDER BY name LIMIT :limit`;

/** Workers that have ever registered, by name; at most `limit`. */
export async function listWorkers(tx: ReadTx, limit: number): Promise<readonly StoredWorker[]> {
  const rows = await tx.all<WorkerRow>(LIST, { limit });
  return rows.map(({ capabilitiesJson, ...row }) => ({
    ...row,
    capabilities: JSON.parse(capabilitiesJson) as Capabilities,
  }));
}
