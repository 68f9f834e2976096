import { assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../mod/core/mod.ts";
import { FakeClock, MemoryRegistry } from "../mod/testing/mod.ts";
import { type CertificateRecord, revokeCertificates } from "./mod.ts";

const CLOCK = new FakeClock();
const DAY_MS = 86_400_000;

function makeRecord(fingerprint: string, name: string, days = 1): CertificateRecord {
  return {
    fingerprint: fingerprint.padEnd(64, "0"),
    role: "worker",
    name,
    serial: "40",
    notBeforeMs: 0,
    notAfterMs: CLOCK.nowMs() + days * DAY_MS,
    issuedAtMs: 0,
    origin: "init",
  };
}

async function revoke(target: string): Promise<{ revoked: string[]; registry: MemoryRegistry }> {
  const registry = new MemoryRegistry();
  await registry.add(makeRecord("aabbccdd11", "studio"));
  await registry.add(makeRecord("aabbccdd22", "studio"));
  await registry.add(makeRecord("ffffffff", "laptop"));
  await registry.add(makeRecord("eeeeeeee", "gone", -1));
  const deps = { registry, clock: CLOCK };
  const records = await revokeCertificates({ target, reason: "stolen" }, deps);
  return { revoked: records.map((record) => record.fingerprint.replace(/0+$/, "")), registry };
}

Deno.test("revokeCertificates() revokes all certificates of a name, and keeps when and why", async () => {
  const { revoked, registry } = await revoke("studio");
  assertEquals(revoked, ["aabbccdd11", "aabbccdd22"]);
  const record = registry.records.get("aabbccdd11".padEnd(64, "0"));
  assertEquals([record?.revokedAtMs, record?.revokedReason], [CLOCK.nowMs(), "stolen"]);
  assertEquals(registry.records.get("ffffffff".padEnd(64, "0"))?.revokedAtMs, undefined);
});

Deno.test("revokeCertificates() takes the beginning of one fingerprint, with or without colons", async () => {
  assertEquals((await revoke("ffffffff")).revoked, ["ffffffff"]);
  assertEquals((await revoke("AA:BB:CC:DD:22")).revoked, ["aabbccdd22"]);
});

Deno.test("revokeCertificates() refuses what means none or several, and what is too short", async () => {
  for (const target of ["nobody", "aabbccdd", "fffffff", "", "gone", "eeeeeeee"]) {
    const error = await assertRejects(() => revoke(target), DomainError, undefined, target);
    assertEquals(error.code, "request_invalid");
  }
});
