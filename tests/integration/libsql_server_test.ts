import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSystemClock, DomainError } from "../../mod/core/mod.ts";
import { type Database, isConstraintError, openDatabase } from "../../mod/db/mod.ts";
import { listParts, pruneJobs } from "../../mod/store/mod.ts";
import { FakeClock, TestFarm } from "../../mod/testing/mod.ts";
import { withFarm } from "../support/farm.ts";
import { readFilmFacts } from "../support/film_facts.ts";
import {
  findLibsqlServer,
  type LibsqlServer,
  startLibsqlServer,
} from "../support/libsql_server.ts";
import { makeCountingProject } from "../support/make_project.ts";
import { skipUnless } from "../support/skip.ts";

const ignore = skipUnless(
  await findLibsqlServer() !== undefined,
  "no libSQL server for this machine (OLIVE_SQLD names one)",
);

const PUT = "INSERT INTO setting (key, value) VALUES (:key, :value)";
const COUNT = "SELECT count(*) AS count FROM setting";

async function open(server: LibsqlServer): Promise<Database> {
  const { url: location, authToken } = server;
  return await openDatabase({ location, authToken, clock: createSystemClock() });
}

async function countSettings(database: Database): Promise<number> {
  return (await database.read((tx) => tx.find<{ count: number }>(COUNT)))?.count ?? -1;
}

Deno.test({
  name: "a database on a libSQL server keeps transactions, rules and references as a file does",
  ignore,
  async fn(): Promise<void> {
    await using server = await startLibsqlServer();
    const database = await open(server);
    try {
      assertEquals(await database.check(), { isSound: true, problems: [] });
      await database.write((tx) => tx.run(PUT, { key: "a", value: "1" }));
      const [again, other] = await Promise.allSettled([
        database.write((tx) => tx.run(PUT, { key: "a", value: "2" })),
        database.write((tx) => tx.run(PUT, { key: "b", value: "2" })),
      ]);
      assert(again.status === "rejected" && isConstraintError(again.reason, "unique"));
      assertEquals(other.status, "fulfilled");
      await assertRejects(() =>
        database.write(async (tx) => {
          await tx.run(PUT, { key: "c", value: "3" });
          throw new RangeError("no");
        }), RangeError);
      assertEquals(await countSettings(database), 2);
      const orphan = await assertRejects(() =>
        database.write((tx) =>
          tx.run("INSERT INTO job_worker (job_id, worker) VALUES ('nothing', 'w')")
        )
      );
      assert(isConstraintError(orphan, "foreign_key"), String(orphan));
      const backup = await assertRejects(() => database.backup("/nowhere"), DomainError);
      assertEquals(backup.code, "output_refused");
      await database.checkpoint();
    } finally {
      await database.close();
    }
  },
});

Deno.test({
  name: "openDatabase() shows its token to a libSQL server, and says what is missing without one",
  ignore,
  async fn(): Promise<void> {
    await using server = await startLibsqlServer({ asksForToken: true });
    const refused = await assertRejects(
      () => openDatabase({ location: server.url, clock: createSystemClock() }),
      DomainError,
      "its server does not let us in",
    );
    assertEquals(refused.code, "db_failed");
    assert(refused.hint?.includes("OLIVE_DATABASE_TOKEN"));
    const database = await open(server);
    assertEquals(await countSettings(database), 0);
    await database.close();
  },
});

Deno.test({
  name: "a libSQL server that dies fails what was under way and loses nothing that was committed",
  ignore,
  async fn(): Promise<void> {
    // 1. commit one; 2. kill the server within a transaction; 3. both lanes say so;
    // 4. the server returns: the same database goes on. Invariant: one row, then two.
    await using server = await startLibsqlServer();
    const database = await open(server);
    try {
      await database.write((tx) => tx.run(PUT, { key: "a", value: "1" }));
      const failures = [
        await assertRejects(() =>
          database.write(async (tx) => {
            await tx.run(PUT, { key: "b", value: "1" });
            await server.kill();
            await tx.run(PUT, { key: "c", value: "1" });
          }), DomainError),
        await assertRejects(() => database.write((tx) => tx.run(PUT, { key: "d", value: "1" }))),
        await assertRejects(() => countSettings(database)),
      ];
      for (const failure of failures) {
        assert(failure instanceof DomainError, String(failure));
        assertEquals([failure.code, failure.message], [
          "db_failed",
          "Cannot reach the database server",
        ]);
      }
      await server.restart();
      assertEquals(await countSettings(database), 1);
      await database.write((tx) => tx.run(PUT, { key: "b", value: "1" }));
      assertEquals(await countSettings(database), 2);
    } finally {
      await database.close();
    }
  },
});

Deno.test({
  name: "the scheduler works on a libSQL server: parts, failures, retry, a second master, pruning",
  ignore,
  async fn(): Promise<void> {
    await using server = await startLibsqlServer();
    const clock = new FakeClock();
    const { url: location } = server;
    const database = await openDatabase({ location, clock: createSystemClock() });
    try {
      const test = new TestFarm(database, { clock });
      await test.farm.recover();
      await test.submit("j1", { hasAudio: true, lengthFrames: 600 });
      const [w1, w2] = [await test.worker("w1"), await test.worker("w2", { fps: 30 })];
      await w1.fail(await w1.take("audio"));
      await test.restart();
      for (const worker of [w1, w2]) await worker.register();
      for (let round = 0; (await test.farm.viewJob("j1")).state !== "merging"; round++) {
        assert(round < 100, "there is no end to it");
        for (const worker of [w2, w1]) {
          await worker.sync();
          for (const { assignment } of [...worker.held.values()]) await worker.succeed(assignment);
        }
        await clock.advance(100);
      }
      const parts = await database.read((tx) => listParts(tx, "j1"));
      const frames = parts.filter((part) => part.kind === "video");
      assertEquals(frames.map((part) => part.state), frames.map(() => "completed"));
      assertEquals(frames.at(-1)?.range.endFrame, 600);
      await test.farm.completeJob({ jobId: "j1", reason: "The film is finished" });
      const removed = await database.write((tx) =>
        pruneJobs(tx, { beforeMs: clock.nowMs() + 1, limit: 10 })
      );
      assertEquals(removed, ["j1"]);
      assertEquals(await database.read((tx) => listParts(tx, "j1")), []);
      assertEquals((await database.check()).isSound, true);
    } finally {
      await database.close();
    }
  },
});

Deno.test({
  name:
    "a farm whose database is on a libSQL server exports a film, also over the server's restart",
  ignore,
  async fn(): Promise<void> {
    await using server = await startLibsqlServer({ asksForToken: true });
    const env = { OLIVE_DATABASE: server.url, OLIVE_DATABASE_TOKEN: server.authToken ?? "" };
    await withFarm({ workers: ["one"], env }, async (farm) => {
      await Deno.mkdir(farm.at("project"));
      const project = await makeCountingProject(farm.at("project"), { frames: 50 });
      const first = await farm.submit([project.path, "--output", farm.at("first.mp4")]);
      await farm.untilState(first, "completed");
      assertEquals((await readFilmFacts(farm.at("first.mp4"))).frames, 50);
      await server.kill();
      await server.restart();
      const second = await farm.submit([project.path, "--output", farm.at("second.mp4")]);
      await farm.untilState(second, "completed");
    });
  },
});
