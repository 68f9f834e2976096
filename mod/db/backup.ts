import { DomainError } from "../core/mod.ts";
import { Connection, type DatabaseLocation, isRemoteLocation } from "./connection.ts";

/**
 * Writes a consistent, compact copy of the whole database, readable by the owner only.
 *
 * @param where The database.
 * @param path File to make or replace.
 * @throws {DomainError} `output_refused` for a server; `db_failed`, `disk_full`, `io_failed`.
 */
export async function backUpDatabase(where: DatabaseLocation, path: string): Promise<void> {
  if (isRemoteLocation(where.location)) {
    throw new DomainError("output_refused", "Cannot back up database: it is on a server", {
      hint: "Use the backup of the libSQL server",
    });
  }
  const partial = `${path}.partial`;
  try {
    await Deno.remove(partial).catch(ignoreNotFound);
    // The copy is filled in an empty file that nobody else may read from its first byte on.
    (await Deno.open(partial, { write: true, createNew: true, mode: 0o600 })).close();
  } catch (cause) {
    throw new DomainError("io_failed", `Cannot write backup ${path}`, { cause });
  }
  // A connection of its own: those of the program read only, or have a transaction open.
  const connection = new Connection(where, "writer");
  try {
    await connection.withoutTransaction((client) =>
      client.execute({ sql: "VACUUM INTO :path", args: { path: partial } })
    );
  } finally {
    connection.close();
  }
  try {
    const file = await Deno.open(partial, { read: true });
    await file.sync();
    file.close();
    await Deno.rename(partial, path);
  } catch (cause) {
    throw new DomainError("io_failed", `Cannot write backup ${path}`, { cause });
  }
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
