import { assertEquals, assertThrows } from "@std/assert";
import { DomainError, systemRandomBytes } from "../mod/core/mod.ts";
import { FakeClock } from "../mod/testing/mod.ts";
import {
  type CertificateRecord,
  createAuthority,
  createCertificateGuard,
  generateKeyPair,
  issueCertificate,
  type PresentedCertificate,
  toRecord,
} from "./mod.ts";
import { x509 } from "./x509.ts";

const DAY_MS = 86_400_000;

interface Member {
  readonly record: CertificateRecord;
  readonly presented: PresentedCertificate;
}

async function makeMembers(clock: FakeClock, names: readonly string[]): Promise<Member[]> {
  const deps = { clock, random: systemRandomBytes };
  const { authority } = await createAuthority(deps);
  return await Promise.all(names.map(async (name) => {
    const { publicKey } = await generateKeyPair();
    const issued = await issueCertificate(authority, { role: "worker", name, publicKey, ...deps });
    const der = new Uint8Array(x509.PemConverter.decodeFirst(issued.certificatePem));
    return {
      record: toRecord(issued, { origin: "init", issuedAtMs: clock.nowMs() - DAY_MS }),
      presented: { fingerprint: issued.identity.fingerprint, der },
    };
  }));
}

async function makeMember(clock: FakeClock): Promise<Member> {
  const [member] = await makeMembers(clock, ["a"]);
  if (member === undefined) throw new Error("No member");
  return member;
}

Deno.test("createCertificateGuard() says who a listed certificate is of", async () => {
  const clock = new FakeClock();
  const { record, presented } = await makeMember(clock);
  const guard = createCertificateGuard({ records: [record], clock });
  const { fingerprint } = record;
  assertEquals(guard.check(presented), { role: "worker", name: "a", fingerprint });
});

Deno.test("createCertificateGuard() refuses what is unknown, revoked, expired or early", async () => {
  const clock = new FakeClock();
  const { record, presented } = await makeMember(clock);
  const cases: [readonly CertificateRecord[], number, string][] = [
    [[], 0, "it is not on the farm's list"],
    [[{ ...record, revokedAtMs: 1 }], 0, "the certificate of a was revoked"],
    [[record], record.notAfterMs, "the certificate of a expired on 2026-04-01T00:00Z"],
    [
      [record],
      record.notBeforeMs - 1,
      "the certificate of a is not valid before 2025-12-31T23:00Z",
    ],
  ];
  for (const [records, nowMs, why] of cases) {
    const at = nowMs === 0 ? clock : new FakeClock(nowMs);
    const guard = createCertificateGuard({ records, clock: at });
    const error = assertThrows(() => guard.check(presented), DomainError);
    assertEquals([error.code, error.message], [
      "identity_refused",
      `Cannot accept certificate: ${why}`,
    ]);
  }
});

Deno.test("createCertificateGuard() checks time on every request", async () => {
  const clock = new FakeClock();
  const { record, presented } = await makeMember(clock);
  const guard = createCertificateGuard({ records: [record], clock });
  guard.check(presented);
  await clock.advance(90 * DAY_MS - 1);
  guard.check(presented);
  await clock.advance(1);
  assertThrows(() => guard.check(presented), DomainError, "expired");
});

Deno.test("createCertificateGuard() refuses a record that promotes its holder", async () => {
  const clock = new FakeClock();
  const { record, presented } = await makeMember(clock);
  for (const forged of [{ ...record, role: "admin" as const }, { ...record, name: "b" }]) {
    const guard = createCertificateGuard({ records: [forged], clock });
    assertThrows(() => guard.check(presented), DomainError, "differs from its record");
  }
});

Deno.test("createCertificateGuard() emits each certificate that stops to hold, once", async () => {
  const clock = new FakeClock();
  const members = await makeMembers(clock, ["a", "b", "c", "d"]);
  const [a, b, c, d] = members.map(({ record }) => record);
  if (!a || !b || !c || !d) throw new Error("No members");
  const guard = createCertificateGuard({ records: [a, b, c], clock });
  const emitted: string[] = [];
  const stop = guard.onRevoked((fingerprint) => emitted.push(fingerprint));
  guard.put(d);
  guard.put({ ...a, revokedAtMs: 1 });
  assertEquals(emitted, [a.fingerprint]);
  guard.replaceAll([{ ...a, revokedAtMs: 1 }, { ...b, revokedAtMs: 2 }, d]);
  assertEquals(emitted, [a.fingerprint, b.fingerprint, c.fingerprint]);
  guard.replaceAll([{ ...a, revokedAtMs: 1 }, { ...b, revokedAtMs: 2 }, d]);
  assertEquals(emitted.length, 3);
  stop();
  guard.replaceAll([]);
  assertEquals(emitted.length, 3);
});

Deno.test("createCertificateGuard() never lets an old snapshot undo what put() brought", async () => {
  const clock = new FakeClock();
  const [old, fresh] = await makeMembers(clock, ["old", "fresh"]);
  if (!old || !fresh) throw new Error("No members");
  const guard = createCertificateGuard({ records: [old.record], clock });
  const emitted: string[] = [];
  guard.onRevoked((fingerprint) => emitted.push(fingerprint));
  guard.put({ ...fresh.record, issuedAtMs: clock.nowMs() });
  guard.put({ ...old.record, revokedAtMs: clock.nowMs() });
  guard.replaceAll([old.record]);
  assertThrows(() => guard.check(old.presented), DomainError, "revoked");
  assertEquals(guard.check(fresh.presented).name, "fresh");
  assertEquals(emitted, [old.record.fingerprint]);
  await clock.advance(60_001);
  guard.replaceAll([old.record]);
  assertThrows(() => guard.check(fresh.presented), DomainError, "not on the farm's list");
  assertEquals(emitted, [old.record.fingerprint, fresh.record.fingerprint]);
});
