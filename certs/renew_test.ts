import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { DomainError, isDomainError, systemRandomBytes } from "../mod/core/mod.ts";
import { FakeClock, MemoryRegistry } from "../mod/testing/mod.ts";
import {
  type CertificateAnswer,
  createSigningRequest,
  generateKeyPair,
  initFarm,
  loadIdentityFiles,
  needsRenewal,
  renewCertificate,
  type RenewDeps,
  renewIdentity,
  renewLocally,
} from "./mod.ts";

const DAY_MS = 86_400_000;

interface RenewFarm {
  readonly stateDir: string;
  readonly clock: FakeClock;
  readonly registry: MemoryRegistry;
  readonly deps: RenewDeps;
}

async function withFarm(use: (farm: RenewFarm) => Promise<void>): Promise<void> {
  const stateDir = await Deno.makeTempDir({ prefix: "olive-renew-" });
  const clock = new FakeClock();
  const registry = new MemoryRegistry();
  const own = { clock, registry, random: systemRandomBytes };
  try {
    const { authority } = await initFarm({
      stateDir,
      hostName: "studio",
      personName: "maria",
      hosts: ["studio.lan"],
      masterUrl: "https://localhost:7420",
    }, own);
    await use({ stateDir, clock, registry, deps: { ...own, authority } });
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
}

Deno.test("needsRenewal() begins with the last third of a life", () => {
  const facts = { notBeforeMs: 0, notAfterMs: 90 * DAY_MS };
  assert(!needsRenewal(facts, 60 * DAY_MS - 1));
  assert(needsRenewal(facts, 60 * DAY_MS));
  assert(needsRenewal(facts, 91 * DAY_MS));
});

Deno.test("renewIdentity() gets a new key and certificate for the same role and name; both are listed", async () => {
  await withFarm(async ({ stateDir, clock, registry, deps }) => {
    const dir = join(stateDir, "worker");
    const before = await loadIdentityFiles(dir);
    await clock.advance(61 * DAY_MS);
    const after = await renewIdentity(before, {
      clock,
      renew: async (csrPem) => {
        const { issued } = await renewCertificate({ identity: before.identity, csrPem }, deps);
        const { certificatePem: authorityPem } = deps.authority;
        return { ...issued, authorityPem, masterUrl: "https://ignored:1" };
      },
    });
    assertEquals([after.identity.role, after.identity.name], ["worker", "studio"]);
    assertNotEquals(after.key, before.key);
    assertEquals(after.facts.notAfterMs, clock.nowMs() + 90 * DAY_MS);
    assertEquals((await loadIdentityFiles(dir)).identity, after.identity);
    assertEquals(after.masterUrl, before.masterUrl);
    assert(registry.records.has(before.identity.fingerprint));
    assertEquals(registry.records.get(after.identity.fingerprint)?.origin, "renewal");
    assert(!needsRenewal(after.facts, clock.nowMs()));
  });
});

Deno.test("renewIdentity() writes nothing when the answer does not fit", async () => {
  await withFarm(async ({ stateDir, clock, deps }) => {
    const dir = join(stateDir, "worker");
    const before = await loadIdentityFiles(dir);
    const { certificatePem: authorityPem } = deps.authority;
    async function answerFor(
      identity: { readonly role: "worker" | "admin"; readonly name: string },
      csrPem: string,
    ): Promise<CertificateAnswer> {
      const full = { ...identity, fingerprint: "" };
      const { issued } = await renewCertificate({ identity: full, csrPem }, deps);
      return { certificatePem: issued.certificatePem, authorityPem, masterUrl: "https://a:1" };
    }
    const otherCsr = await createSigningRequest(await generateKeyPair());
    const bad: ((csrPem: string) => Promise<CertificateAnswer>)[] = [
      (csrPem) => answerFor({ role: "admin", name: "studio" }, csrPem),
      (csrPem) => answerFor({ role: "worker", name: "other" }, csrPem),
      () => answerFor({ role: "worker", name: "studio" }, otherCsr),
      async (csrPem) => ({
        ...await answerFor({ role: "worker", name: "studio" }, csrPem),
        authorityPem: before.cert,
      }),
      () => Promise.resolve({ certificatePem: "x", authorityPem, masterUrl: "https://a:1" }),
    ];
    for (const renew of bad) {
      const error = await assertRejects(() => renewIdentity(before, { renew, clock }), DomainError);
      assertEquals(error.code, "certificate_invalid");
    }
    assertEquals((await loadIdentityFiles(dir)).identity, before.identity);
  });
});

Deno.test("renewCertificate() refuses a master, a bad request, and a holder that renews without end", async () => {
  await withFarm(async ({ deps }) => {
    const csrPem = await createSigningRequest(await generateKeyPair());
    const identity = { role: "worker", name: "studio", fingerprint: "" } as const;
    async function codeOf(attempt: Promise<unknown>): Promise<string> {
      return await attempt.then(
        () => "renewed",
        (error: unknown) => isDomainError(error) ? error.code : "other",
      );
    }
    const master = { ...identity, role: "master" } as const;
    assertEquals(
      await codeOf(renewCertificate({ identity: master, csrPem }, deps)),
      "role_refused",
    );
    const bad = renewCertificate({ identity, csrPem: "x" }, deps);
    assertEquals(await codeOf(bad), "request_invalid");
    for (let count = 1; count < 16; count++) {
      assertEquals(await codeOf(renewCertificate({ identity, csrPem }, deps)), "renewed");
    }
    assertEquals(await codeOf(renewCertificate({ identity, csrPem }, deps)), "too_many");
  });
});

Deno.test("renewLocally() gives the master a new certificate with its old hosts, also when it has expired", async () => {
  await withFarm(async ({ stateDir, clock, deps }) => {
    const dir = join(stateDir, "master");
    const before = await loadIdentityFiles(dir);
    await clock.advance(800 * DAY_MS);
    const { loaded, record } = await renewLocally(before, deps);
    assertEquals(loaded.facts.hosts, before.facts.hosts);
    assertEquals(record.fingerprint, loaded.identity.fingerprint);
    const reread = await loadIdentityFiles(dir);
    assertEquals(reread.facts.hosts, before.facts.hosts);
    assertEquals(reread.identity, loaded.identity);
    assert(reread.facts.notAfterMs > clock.nowMs());
  });
});
