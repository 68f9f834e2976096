import { assertEquals } from "@std/assert";
import type { CertificateRecord, TokenRecord } from "../../certs/mod.ts";
import { createSystemClock } from "../core/mod.ts";
import { type Database, openDatabase } from "../db/mod.ts";
import { createCertificateRegistry, readCertificateRevision } from "./certificates.ts";
import { createTokenStore } from "./enrol_tokens.ts";

function record(fill: string, name = "laptop"): CertificateRecord {
  return {
    fingerprint: fill.repeat(64),
    role: "worker",
    name,
    serial: "00",
    notBeforeMs: 0,
    notAfterMs: 1_000,
    issuedAtMs: 10,
    origin: "token",
  };
}

const TOKEN: TokenRecord = {
  tokenId: "t1",
  secretHash: "ab",
  role: "worker",
  name: undefined,
  createdAtMs: 0,
  expiresAtMs: 100,
  failures: 0,
  usedAtMs: undefined,
};

async function withDatabase(act: (db: Database) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "olive-store-" });
  const db = await openDatabase({ location: `${dir}/olive.db`, clock: createSystemClock() });
  try {
    await act(db);
  } finally {
    await db.close();
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("createCertificateRegistry() lists, finds and revokes once", () =>
  withDatabase(async (db) => {
    const store = createCertificateRegistry(db);
    const before = await readCertificateRevision(db);
    await store.add(record("a"));
    await store.add(record("a"));
    await store.add(record("b", "desktop"));
    assertEquals((await store.list({ afterMs: 999 })).map((each) => each.name), [
      "laptop",
      "desktop",
    ]);
    assertEquals(await store.list({ afterMs: 1_000 }), [], "expired ones");
    const revocation = { fingerprint: "a".repeat(64), atMs: 20, reason: "lost" };
    assertEquals(await store.revoke(revocation), true);
    assertEquals(await store.revoke({ ...revocation, reason: "again" }), false);
    assertEquals(await store.find("a".repeat(64)), {
      ...record("a"),
      revokedAtMs: 20,
      revokedReason: "lost",
    });
    assertEquals(await store.find("c".repeat(64)), undefined);
    assertEquals(await readCertificateRevision(db) > before, true);
  }));

Deno.test("createTokenStore() gives a token to one of two callers at once", () =>
  withDatabase(async (db) => {
    const store = createTokenStore(db);
    await store.add(TOKEN);
    assertEquals(await store.find("t1"), TOKEN);
    assertEquals(await store.countOutstanding(99), 1);
    const uses = ["a", "b"].map((fill) =>
      store.consume({ tokenId: "t1", atMs: 50, certificate: record(fill) })
    );
    assertEquals((await Promise.all(uses)).toSorted(), [false, true]);
    assertEquals((await createCertificateRegistry(db).list({ afterMs: 0 })).length, 1);
    assertEquals(await store.countOutstanding(51), 0);
  }));

Deno.test("createTokenStore() refuses expired and burnt tokens", () =>
  withDatabase(async (db) => {
    const store = createTokenStore(db);
    await store.add(TOKEN);
    assertEquals(
      await store.consume({ tokenId: "t1", atMs: 100, certificate: record("a") }),
      false,
    );
    for (let count = 0; count < 5; count++) await store.recordFailure("t1");
    assertEquals(await store.countOutstanding(1), 0);
    assertEquals(await store.consume({ tokenId: "t1", atMs: 1, certificate: record("a") }), false);
  }));
