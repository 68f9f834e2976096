import { assertEquals, assertRejects } from "@std/assert";
import {
  ATTEMPT_STATES,
  createSystemClock,
  DomainError,
  JOB_STATES,
  PART_STATES,
  ROLES,
} from "../core/mod.ts";
import { Connection } from "./connection.ts";
import { migrateDatabase, splitStatements } from "./migrate.ts";
import { type Migration, MIGRATIONS } from "./migrations/mod.ts";

const clock = createSystemClock();

/** Checksums of what has shipped. A migration is never edited: add the next one. */
const SHIPPED: Readonly<Record<number, string>> = {
  1: "9ef4fedb5f4da4c45bdc64841542ebe70f1effe39229fb39b2d7e37d5836f214",
};

async function withConnections(
  fn: (open: () => Connection) => Promise<void>,
): Promise<void> {
  const location = await Deno.makeTempFile({ suffix: ".db" });
  const opened: Connection[] = [];
  try {
    await fn(() => {
      const connection = new Connection({ location }, "writer");
      opened.push(connection);
      return connection;
    });
  } finally {
    for (const connection of opened) connection.close();
    for (const suffix of ["", "-wal", "-shm"]) {
      await Deno.remove(location + suffix).catch(() => undefined);
    }
  }
}

async function listTables(connection: Connection): Promise<readonly unknown[]> {
  const { rows } = await connection.withoutTransaction((client) =>
    client.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
  );
  return rows.map((row) => row["name"]);
}

function step(version: number, sql: string): Migration {
  return { version, name: `step ${version}`, sql };
}

Deno.test("MIGRATIONS are numbered without gaps and none that has shipped was edited", async () => {
  const found: Record<number, string> = {};
  for (const [index, migration] of MIGRATIONS.entries()) {
    assertEquals(migration.version, index + 1);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(migration.sql));
    found[migration.version] = Array.from(
      new Uint8Array(digest),
      (byte) => byte.toString(16).padStart(2, "0"),
    ).join("");
  }
  assertEquals(found, SHIPPED);
});

Deno.test("migrateDatabase() takes each step once", async () => {
  await withConnections(async (open) => {
    const migrations = [
      step(1, "CREATE TABLE a (x INTEGER);"),
      step(2, "CREATE TABLE b (x INTEGER);"),
    ];
    assertEquals(await migrateDatabase({ connection: open(), clock, migrations }), 2);
    assertEquals(await migrateDatabase({ connection: open(), clock, migrations }), 0);
    assertEquals(await listTables(open()), ["a", "b", "migration"]);
  });
});

Deno.test("migrateDatabase() refuses a schema that is newer than the program", async () => {
  await withConnections(async (open) => {
    const older = [step(1, "CREATE TABLE a (x INTEGER);")];
    const newer = [...older, step(2, "CREATE TABLE b (x INTEGER);")];
    await migrateDatabase({ connection: open(), clock, migrations: newer });
    const error = await assertRejects(
      () => migrateDatabase({ connection: open(), clock, migrations: older }),
      DomainError,
      "version 2, this program knows 1",
    );
    assertEquals(error.code, "schema_newer");
  });
});

Deno.test("migrateDatabase() leaves nothing of a step that fails", async () => {
  await withConnections(async (open) => {
    const migrations = [
      step(1, "CREATE TABLE a (x INTEGER);"),
      step(2, "CREATE TABLE b (x INTEGER);\nCREATE TABLE a (x INTEGER);\n"),
    ];
    const error = await assertRejects(
      () => migrateDatabase({ connection: open(), clock, migrations }),
      DomainError,
    );
    assertEquals(error.code, "db_failed");
    assertEquals(await listTables(open()), ["a", "migration"]);
    const repaired = [...migrations.slice(0, 1), step(2, "CREATE TABLE b (x INTEGER);")];
    assertEquals(await migrateDatabase({ connection: open(), clock, migrations: repaired }), 1);
  });
});

Deno.test("migrateDatabase() refuses a step that leaves a reference to nothing", async () => {
  await withConnections(async (open) => {
    const migrations = [
      step(
        1,
        "CREATE TABLE a (id INTEGER PRIMARY KEY);\n" +
          "CREATE TABLE b (a INTEGER REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED);\n" +
          "INSERT INTO b VALUES (7);\n",
      ),
    ];
    await assertRejects(
      () => migrateDatabase({ connection: open(), clock, migrations }),
      DomainError,
      "A row of b names a row of a that is not there",
    );
    assertEquals(await listTables(open()), ["migration"]);
  });
});

Deno.test("splitStatements() leaves comments out and keeps semicolons within a line", () => {
  const sql = "-- first; not one\nSELECT ';' AS a;\n\n  -- more\nSELECT 2\n  FROM b;";
  assertEquals(splitStatements(sql), ["SELECT ';' AS a", "SELECT 2\n  FROM b"]);
});

/** The words of `CHECK (column IN (...))` in a table's definition. */
async function checkedWords(connection: Connection, where: [string, string]): Promise<string[]> {
  const [table, column] = where;
  const { rows } = await connection.withoutTransaction((client) =>
    client.execute({
      sql: "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :table",
      args: { table },
    })
  );
  const list = new RegExp(`${column} IN \\(([^)]*)\\)`).exec(String(rows[0]?.["sql"]))?.[1] ?? "";
  return list.split(",").map((word) => word.trim().replaceAll("'", ""));
}

Deno.test("the schema knows the same states and roles as the program", async () => {
  await withConnections(async (open) => {
    const connection = open();
    await migrateDatabase({ connection, clock });
    assertEquals(await checkedWords(connection, ["job", "state"]), [...JOB_STATES]);
    assertEquals(await checkedWords(connection, ["part", "state"]), [...PART_STATES]);
    assertEquals(await checkedWords(connection, ["attempt", "state"]), [...ATTEMPT_STATES]);
    assertEquals(await checkedWords(connection, ["certificate", "role"]), [...ROLES]);
    // Only `olive certs init` makes a master's certificate.
    const joining = ROLES.filter((role) => role !== "master");
    assertEquals(await checkedWords(connection, ["enrol_token", "role"]), joining);
  });
});
