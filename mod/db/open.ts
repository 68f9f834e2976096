import { type Clock, DomainError } from "../core/mod.ts";
import { type DatabaseLocation, isRemoteLocation } from "./connection.ts";
import { Database } from "./database.ts";

/** What {@linkcode openDatabase} needs. */
export interface OpenDatabaseOptions extends DatabaseLocation {
  /** Gives migrations their time, and paces the wait for a lock. */
  readonly clock: Clock;
}

/**
 * Opens the database, makes it if it is not there, and brings its schema up to date.
 *
 * A new file is readable by its owner only.
 *
 * @param options Where it is, and the time. The directory of a file exists.
 * @returns The database; its owner closes it.
 * @throws {DomainError} `db_failed` if it cannot be opened or is damaged, `db_busy` if another process
 * holds it, `schema_newer` if a later version of the program has made it.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { location, authToken, clock } = options;
  if (!isRemoteLocation(location)) await createPrivateFile(location);
  const database = new Database({ where: { location, authToken }, clock });
  try {
    await database.migrate();
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

async function createPrivateFile(path: string): Promise<void> {
  try {
    (await Deno.open(path, { write: true, createNew: true, mode: 0o600 })).close();
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) return;
    throw new DomainError("db_failed", `Cannot create database ${path}`, {
      hint: "Check that the directory exists and that you may write to it",
      cause,
    });
  }
}
