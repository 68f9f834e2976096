import { type Clock, DomainError } from "../core/mod.ts";
import { checkDatabase } from "./check.ts";
import type { Connection } from "./connection.ts";
import { type Migration, MIGRATIONS } from "./migrations/mod.ts";
import { LibsqlTx, type WriteTx } from "./tx.ts";

/** What {@linkcode migrateDatabase} needs. */
export interface MigrateDeps {
  /** The writer's connection. */
  readonly connection: Connection;
  readonly clock: Clock;
  /** Default: all that this program knows. */
  readonly migrations?: readonly Migration[];
}

const CREATE_LIST = `
  CREATE TABLE IF NOT EXISTS migration (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at_ms INTEGER NOT NULL
  ) STRICT`;
const READ_LIST = "SELECT coalesce(max(version), 0) AS version FROM migration";
const INSERT = `
  INSERT INTO migration (version, name, applied_at_ms) VALUES (:version, :name, :nowMs)`;

/**
 * Brings the schema up to what this program knows; each step is one transaction, so a crash leaves
 * a whole step or none. Safe while other processes do the same.
 *
 * @returns Number of steps that were needed, 0 if the schema was current.
 * @throws {DomainError} `schema_newer` if a later version of the program has made the database;
 * `db_failed` if the database is not sound after a step.
 */
export async function migrateDatabase(deps: MigrateDeps): Promise<number> {
  const migrations = deps.migrations ?? MIGRATIONS;
  await inTransaction(deps.connection, (tx) => tx.run(CREATE_LIST));
  let count = 0;
  for (const migration of migrations) {
    const isApplied = await inTransaction(deps.connection, async (tx) => {
      const version = await readVersion(tx);
      assertKnown(version, migrations);
      if (version >= migration.version) return false;
      // The row first: a second process that runs the same step meets it, not a half-made table.
      await tx.run(INSERT, {
        version: migration.version,
        name: migration.name,
        nowMs: deps.clock.nowMs(),
      });
      for (const statement of splitStatements(migration.sql)) await tx.run(statement);
      await assertSound(tx, migration);
      return true;
    });
    if (isApplied) count++;
  }
  return count;
}

/** Statements of a migration: each ends with a semicolon at the end of a line. */
export function splitStatements(sql: string): readonly string[] {
  const withoutComments = sql.split("\n").filter((line) => !line.trimStart().startsWith("--"));
  return withoutComments.join("\n").split(/;[ \t]*(?:\n|$)/).map((text) => text.trim()).filter((
    text,
  ) => text !== "");
}

async function readVersion(tx: WriteTx): Promise<number> {
  return (await tx.find<{ version: number }>(READ_LIST))?.version ?? 0;
}

function assertKnown(version: number, migrations: readonly Migration[]): void {
  const latest = migrations.at(-1)?.version ?? 0;
  if (version <= latest) return;
  throw new DomainError(
    "schema_newer",
    `Cannot use database: its schema is version ${version}, this program knows ${latest}`,
    { hint: "Use the newer version of olive that made it, or restore a backup" },
  );
}

async function assertSound(tx: WriteTx, migration: Migration): Promise<void> {
  const { problems } = await checkDatabase(tx);
  if (problems.length === 0) return;
  throw new DomainError(
    "db_failed",
    `Cannot migrate database to version ${migration.version}: ${problems[0]}`,
    { details: { problems: problems.slice(0, 10) } },
  );
}

async function inTransaction<T>(
  connection: Connection,
  fn: (tx: WriteTx) => Promise<T>,
): Promise<T> {
  const transaction = await connection.begin("write");
  try {
    const result = await fn(new LibsqlTx(transaction, connection));
    await transaction.commit();
    return result;
  } finally {
    transaction.close();
  }
}
