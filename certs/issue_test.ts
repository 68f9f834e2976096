import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { createSystemClock, DomainError, systemRandomBytes } from "../mod/core/mod.ts";
import { FakeClock } from "../mod/testing/mod.ts";
import { HAS_OPENSSL, openssl } from "../tests/support/openssl.ts";
import {
  createAuthority,
  createSigningRequest,
  generateKeyPair,
  isSignedBy,
  issueCertificate,
  loadAuthority,
  parseHosts,
  readCertificateFactsOfPem,
  verifySigningRequest,
} from "./mod.ts";
import { x509 } from "./x509.ts";

const DAY_MS = 86_400_000;
const random = systemRandomBytes;

Deno.test("issueCertificate() makes a worker's certificate that names it and starts an hour ago", async () => {
  const clock = new FakeClock();
  const { authority } = await createAuthority({ clock, random });
  const { publicKey } = await generateKeyPair();
  const issued = await issueCertificate(authority, {
    role: "worker",
    name: "studio-2",
    publicKey,
    clock,
    random,
  });
  const facts = readCertificateFactsOfPem(issued.certificatePem);
  assertEquals(facts.identity, issued.identity);
  assertEquals([facts.identity.role, facts.identity.name], ["worker", "studio-2"]);
  assertEquals(facts.hosts, []);
  assertEquals(facts.notBeforeMs, clock.nowMs() - 3_600_000);
  assertEquals(facts.notAfterMs, clock.nowMs() + 90 * DAY_MS);
  assertMatch(issued.serial, /^[4-7][0-9a-f]{31}$/);
});

Deno.test("issueCertificate() lets only a master serve, under its hosts and the local ones", async () => {
  const clock = new FakeClock();
  const { authority } = await createAuthority({ clock, random });
  for (const role of ["master", "worker", "client", "admin"] as const) {
    const { publicKey } = await generateKeyPair();
    const hosts = role === "master" ? ["Studio.LAN", "10.0.0.7", "[fd00::1]"] : [];
    const options = { role, name: "x", hosts, publicKey, clock, random };
    const issued = await issueCertificate(authority, options);
    const certificate = new x509.X509Certificate(issued.certificatePem);
    const usages = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? [];
    assertEquals(usages.includes(x509.ExtendedKeyUsage.serverAuth), role === "master", role);
    assert(usages.includes(x509.ExtendedKeyUsage.clientAuth), role);
    const basic = certificate.getExtension(x509.BasicConstraintsExtension);
    assertEquals([basic?.ca, basic?.critical], [false, true]);
    const local = ["localhost", "127.0.0.1", "::1", "studio.lan", "10.0.0.7", "fd00::1"];
    const { hosts: actual } = readCertificateFactsOfPem(issued.certificatePem);
    const expected = role === "master" ? local : [];
    assertEquals(parseHosts(actual).map((entry) => entry.value), expected);
  }
});

Deno.test("issueCertificate() never outlives the authority", async () => {
  const clock = new FakeClock();
  const { authority } = await createAuthority({ clock, random });
  const { publicKey } = await generateKeyPair();
  const options = { role: "worker", name: "x", publicKey, random } as const;
  const issued = await issueCertificate(authority, {
    ...options,
    clock: new FakeClock(authority.notAfterMs - DAY_MS),
  });
  assertEquals(issued.notAfterMs, authority.notAfterMs);
  const tooLate = issueCertificate(authority, {
    ...options,
    clock: new FakeClock(authority.notAfterMs),
  });
  assertEquals((await assertRejects(() => tooLate, DomainError)).code, "certificate_invalid");
});

Deno.test("issueCertificate() refuses names, hosts and lives that cannot be", async () => {
  const clock = new FakeClock();
  const { authority } = await createAuthority({ clock, random });
  const { publicKey } = await generateKeyPair();
  const options = { role: "worker", name: "x", publicKey, clock, random } as const;
  for (const name of ["", "UPPER", "a/b", "a,URI:olive://farm/admin/a", "a\nb", "é"]) {
    const attempt = issueCertificate(authority, { ...options, name });
    assertEquals((await assertRejects(() => attempt, DomainError)).code, "usage", name);
  }
  for (const host of ["a b", "*.lan", "-x", "a_b..c", "http://a", "a,b", ""]) {
    const attempt = issueCertificate(authority, { ...options, role: "master", hosts: [host] });
    assertEquals((await assertRejects(() => attempt, DomainError)).code, "usage", host);
  }
  await assertRejects(() => issueCertificate(authority, { ...options, hosts: ["a"] }), RangeError);
  for (const validDays of [0, 826, Number.NaN]) {
    await assertRejects(() => issueCertificate(authority, { ...options, validDays }), RangeError);
  }
});

Deno.test("issueCertificate() takes nothing but the key from a signing request that asks for more", async () => {
  const clock = new FakeClock();
  const { authority } = await createAuthority({ clock, random });
  const keys = await generateKeyPair();
  const greedy = await x509.Pkcs10CertificateRequestGenerator.create({
    name: "CN=boss, OU=admin",
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      new x509.BasicConstraintsExtension(true, 2, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "url", value: "olive://farm/admin/boss" },
        { type: "dns", value: "master.lan" },
      ]),
    ],
  });
  const publicKey = await verifySigningRequest(greedy.toString("pem"));
  const issued = await issueCertificate(authority, {
    role: "worker",
    name: "humble",
    publicKey,
    clock,
    random,
  });
  const certificate = new x509.X509Certificate(issued.certificatePem);
  assertEquals(certificate.subject, "CN=humble, OU=worker");
  assertEquals(certificate.getExtension(x509.BasicConstraintsExtension)?.ca, false);
  assertEquals(
    certificate.getExtension(x509.KeyUsagesExtension)?.usages,
    x509.KeyUsageFlags.digitalSignature,
  );
  assertEquals([...certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? []], [
    x509.ExtendedKeyUsage.clientAuth,
  ]);
  assertEquals(
    certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON(),
    [{ type: "url", value: "olive://farm/worker/humble" }],
  );
});

Deno.test("verifySigningRequest() refuses every change of what is signed", async () => {
  const pem = await createSigningRequest(await generateKeyPair());
  await verifySigningRequest(pem);
  const der = new Uint8Array(x509.PemConverter.decodeFirst(pem));
  // A SEQUENCE with a length of two bytes holds the signed part (RFC 2986, 4), whose own length is
  // in one byte; what frames the signature behind it is not signed and says nothing.
  const signedEnd = 3 + 2 + (der[4] ?? 0);
  for (let index = 3; index < signedEnd; index++) {
    const bad = Uint8Array.from(der);
    bad[index] = (bad[index] ?? 0) ^ (1 << index % 8);
    const tampered = x509.PemConverter.encode(bad, "CERTIFICATE REQUEST");
    const attempt = verifySigningRequest(tampered);
    const error = await assertRejects(() => attempt, DomainError, undefined, `byte ${index}`);
    assertEquals(error.code, "request_invalid");
  }
  assert(signedEnd > 100);
});

Deno.test("verifySigningRequest() refuses other kinds of keys, other texts and endless ones", async () => {
  const rsa = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  );
  const p384 = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-384" },
    true,
    ["sign", "verify"],
  );
  const requests = await Promise.all([
    [rsa, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }] as const,
    [p384, { name: "ECDSA", hash: "SHA-384" }] as const,
  ].map(async ([keys, signingAlgorithm]) => {
    const options = { name: "CN=x", keys, signingAlgorithm };
    return (await x509.Pkcs10CertificateRequestGenerator.create(options)).toString("pem");
  }));
  for (const csr of [...requests, "", "hello", "A".repeat(16_385)]) {
    const error = await assertRejects(() => verifySigningRequest(csr), DomainError);
    assertEquals(error.code, "request_invalid");
  }
});

Deno.test("loadAuthority() takes up what createAuthority() made, and nothing that does not belong together", async () => {
  const deps = { clock: new FakeClock(), random };
  const one = await createAuthority(deps);
  const two = await createAuthority(deps);
  const { certificatePem } = one.authority;
  const loaded = await loadAuthority({ certificatePem, keyPem: one.keyPem });
  assertEquals(loaded.fingerprint, one.authority.fingerprint);
  const { publicKey } = await generateKeyPair();
  const options = { role: "worker", name: "x", publicKey, ...deps } as const;
  const issued = await issueCertificate(loaded, options);
  assert(await isSignedBy({ ...issued, authorityPem: certificatePem }));
  assert(!await isSignedBy({ ...issued, authorityPem: two.authority.certificatePem }));
  for (
    const bad of [
      { certificatePem, keyPem: two.keyPem },
      { certificatePem: issued.certificatePem, keyPem: one.keyPem },
      { certificatePem, keyPem: "" },
      { certificatePem: "x", keyPem: one.keyPem },
    ]
  ) {
    const error = await assertRejects(() => loadAuthority(bad), DomainError);
    assertEquals(error.code, "config_invalid");
  }
});

Deno.test({
  name:
    "issueCertificate() makes certificates that OpenSSL verifies for their purpose and no other",
  ignore: !HAS_OPENSSL,
  fn: async () => {
    const clock = createSystemClock();
    const { authority } = await createAuthority({ clock, random });
    const dir = await Deno.makeTempDir({ prefix: "olive-openssl-" });
    const ca = join(dir, "ca.pem");
    await Deno.writeTextFile(ca, authority.certificatePem);
    const purposes = { master: "sslserver", worker: "sslclient" } as const;
    for (const role of ["master", "worker"] as const) {
      const { publicKey } = await generateKeyPair();
      const hosts = role === "master" ? ["studio.lan", "fd00::1"] : [];
      const options = { role, name: "studio", hosts, publicKey, clock, random };
      const { certificatePem } = await issueCertificate(authority, options);
      const cert = join(dir, `${role}.pem`);
      await Deno.writeTextFile(cert, certificatePem);
      const verify = ["verify", "-x509_strict", "-CAfile", ca, "-purpose"];
      assertMatch(await openssl([...verify, purposes[role], cert]), /: OK\n/);
      const text = await openssl(["x509", "-in", cert, "-noout", "-ext", "subjectAltName"]);
      assertMatch(text, new RegExp(`URI:olive://farm/${role}/studio`));
      if (role === "worker") {
        assertMatch(
          await openssl([...verify, "sslserver", cert]),
          /unsuitable certificate purpose/,
        );
      } else {
        assertMatch(text, /DNS:localhost, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1/);
        assertMatch(text, /DNS:studio\.lan, IP Address:FD00:0:0:0:0:0:0:1/);
      }
    }
    await Deno.remove(dir, { recursive: true });
  },
});
