import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSystemClock, DomainError } from "../core/mod.ts";
import { isConstraintError } from "./errors.ts";
import { type Database, openDatabase } from "./mod.ts";

async function withDatabase(
  fn: (database: Database, path: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "olive db #%" });
  const path = `${directory}/farm.db`;
  const database = await openDatabase({ location: path, clock: createSystemClock() });
  try {
    await fn(database, path);
  } finally {
    await database.close();
    await Deno.remove(directory, { recursive: true });
  }
}

const PUT = "INSERT INTO setting (key, value) VALUES (:key, :value)";
const COUNT = "SELECT count(*) AS count FROM setting";

async function countSettings(database: Database): Promise<number> {
  const row = await database.read((tx) => tx.find<{ count: number }>(COUNT));
  return row?.count ?? -1;
}

Deno.test("openDatabase() makes a private file, also where the path has odd characters", async () => {
  await withDatabase(async (_database, path) => {
    const { mode } = await Deno.stat(path);
    assertEquals((mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("openDatabase() configures every connection", async () => {
  await withDatabase(async (database) => {
    for (const lane of ["read", "write"] as const) {
      const values = await database[lane](async (tx) => {
        const names = ["journal_mode", "foreign_keys", "synchronous"];
        const found: unknown[] = [];
        for (const name of names) {
          found.push(Object.values((await tx.find<object>(`PRAGMA ${name}`)) ?? {})[0]);
        }
        return found;
      });
      assertEquals(values, ["wal", 1, 2]);
    }
  });
});

Deno.test("write() commits less durably when told, and fully again after that", async () => {
  await withDatabase(async (database) => {
    const read = (tx: { find<R>(sql: string): Promise<R | undefined> }): Promise<number> =>
      tx.find<{ synchronous: number }>("PRAGMA synchronous").then((row) => row?.synchronous ?? -1);
    assertEquals(await database.write(read, { durable: false }), 1);
    assertEquals(await database.write(read), 2);
  });
});

Deno.test("write() shares one commit between writes made together, and returns each one's own result", async () => {
  await withDatabase(async (database) => {
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        database.write(async (tx) => {
          await tx.run(PUT, { key: `k${index}`, value: "" });
          return index;
        })),
    );
    assertEquals(results, Array.from({ length: 200 }, (_, index) => index));
    assertEquals(await countSettings(database), 200);
  });
});

Deno.test("write() takes back what a failed write did, and nothing of its neighbours", async () => {
  await withDatabase(async (database) => {
    const outcomes = await Promise.allSettled([
      database.write((tx) => tx.run(PUT, { key: "a", value: "" })),
      database.write(async (tx) => {
        await tx.run(PUT, { key: "b", value: "" });
        throw new Error("no");
      }),
      database.write(async (tx) => {
        await tx.run(PUT, { key: "c", value: "" });
        await tx.run(PUT, { key: "a", value: "" });
      }),
      database.write((tx) => tx.run(PUT, { key: "d", value: "" })),
    ]);
    assertEquals(outcomes.map((outcome) => outcome.status), [
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
    const broken = outcomes[2];
    assert(broken?.status === "rejected" && isConstraintError(broken.reason, "unique"));
    const keys = await database.read((tx) =>
      tx.all<{ key: string }>("SELECT key FROM setting ORDER BY key")
    );
    assertEquals(keys.map((row) => row.key), ["a", "d"]);
  });
});

Deno.test("write() gives way to timers between groups", async () => {
  await withDatabase(async (database) => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    await Promise.all(
      Array.from(
        { length: 400 },
        (_, index) => database.write((tx) => tx.run(PUT, { key: `k${index}`, value: "" })),
      ),
    );
    clearInterval(timer);
    assert(ticks >= 3, `${ticks} ticks`);
  });
});

Deno.test("read() sees one state throughout, whatever is written meanwhile", async () => {
  await withDatabase(async (database) => {
    await database.write((tx) => tx.run(PUT, { key: "a", value: "" }));
    const [before, after] = await database.read(async (tx) => {
      const first = await tx.find<{ count: number }>(COUNT);
      await database.write((writing) => writing.run(PUT, { key: "b", value: "" }));
      return [first?.count, (await tx.find<{ count: number }>(COUNT))?.count];
    });
    assertEquals([before, after], [1, 1]);
    assertEquals(await countSettings(database), 2);
  });
});

Deno.test("read() refuses to write", async () => {
  await withDatabase(async (database) => {
    const error = await assertRejects(
      () => database.read((tx) => tx.all(PUT, { key: "a", value: "" })),
      DomainError,
    );
    assertEquals(error.code, "db_failed");
  });
});

Deno.test("write() waits for another process's lock without stopping timers", async () => {
  await withDatabase(async (database, path) => {
    const other = await openDatabase({ location: path, clock: createSystemClock() });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    let written: Promise<number> | undefined;
    await other.write(async (tx) => {
      await tx.run(PUT, { key: "theirs", value: "" });
      written = database.write((own) => own.run(PUT, { key: "ours", value: "" }));
      // The first try meets the lock; the lock goes while the writer pauses.
      while (ticks < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    });
    assertEquals(await written, 1);
    clearInterval(timer);
    await other.close();
    assertEquals(await countSettings(database), 2);
  });
});

Deno.test("checkpoint() empties the write-ahead log", async () => {
  await withDatabase(async (database, path) => {
    await database.write((tx) => tx.run(PUT, { key: "a", value: "x".repeat(100_000) }));
    assert((await Deno.stat(`${path}-wal`)).size > 100_000);
    await database.checkpoint();
    assertEquals((await Deno.stat(`${path}-wal`)).size, 0);
  });
});

Deno.test("backup() makes a private copy that opens and holds everything, and replaces an older one", async () => {
  await withDatabase(async (database, path) => {
    await database.write((tx) => tx.run(PUT, { key: "a", value: "" }));
    const copyPath = `${path} copy`;
    await Deno.writeTextFile(copyPath, "older");
    await database.backup(copyPath);
    assertEquals(((await Deno.stat(copyPath)).mode ?? 0) & 0o777, 0o600);
    const copy = await openDatabase({ location: copyPath, clock: createSystemClock() });
    assertEquals(await countSettings(copy), 1);
    await copy.close();
  });
});

Deno.test("check() finds nothing in a sound database, and the schema refuses a reference to nothing", async () => {
  await withDatabase(async (database) => {
    assertEquals(await database.check(), { isSound: true, problems: [] });
    const orphan = database.write((tx) =>
      tx.run(
        "INSERT INTO job_worker (job_id, worker) VALUES (:jobId, :worker)",
        { jobId: "j-none", worker: "w" },
      )
    );
    assert(isConstraintError(await orphan.catch((error) => error), "foreign_key"));
  });
});

Deno.test("openDatabase() says db_failed for a file that is no database", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "this is not a database, whatever its name says. ".repeat(100));
  const error = await assertRejects(
    () => openDatabase({ location: path, clock: createSystemClock() }),
    DomainError,
  );
  assertEquals(error.code, "db_failed");
  await Deno.remove(path);
});

Deno.test("runCheckpoints() goes on after a checkpoint that met a full disk", async () => {
  await withDatabase(async (database) => {
    const ending = new AbortController();
    let tries = 0;
    database.checkpoint = () => {
      if (++tries === 3) ending.abort();
      return Promise.reject(new DomainError("disk_full", "Cannot write database"));
    };
    await database.runCheckpoints({ intervalMs: 1, signal: ending.signal });
    assertEquals(tries, 3);
  });
});
