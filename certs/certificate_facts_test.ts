import { assertEquals, assertThrows } from "@std/assert";
import { DomainError, systemRandomBytes } from "../mod/core/mod.ts";
import { FakeClock } from "../mod/testing/mod.ts";
import {
  createAuthority,
  generateKeyPair,
  KEY_ALGORITHM,
  readCertificateFacts,
  readCertificateFactsOfPem,
} from "./mod.ts";
import { x509 } from "./x509.ts";

async function selfSigned(names: x509.JsonGeneralNames): Promise<Uint8Array> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=x",
    keys: await generateKeyPair(),
    signingAlgorithm: KEY_ALGORITHM,
    extensions: [new x509.SubjectAlternativeNameExtension(names)],
  });
  return new Uint8Array(certificate.rawData);
}

Deno.test("readCertificateFacts() reads role and name from the one farm URI only", async () => {
  const der = await selfSigned([
    { type: "dns", value: "a.lan" },
    { type: "url", value: "olive://farm/client/maria" },
  ]);
  const { identity, hosts } = readCertificateFacts(der);
  assertEquals([identity.role, identity.name, hosts], ["client", "maria", ["a.lan"]]);
});

Deno.test("readCertificateFacts() refuses what names no single farm identity", async () => {
  const cases: x509.JsonGeneralNames[] = [
    [{ type: "dns", value: "olive://farm/admin/a" }],
    [{ type: "url", value: "olive://farm/root/a" }],
    [{ type: "url", value: "olive://farm/admin/" }],
    [{ type: "url", value: "olive://farm/admin/A" }],
    [{ type: "url", value: "olive://farm/admin/a/b" }],
    [{ type: "url", value: "xolive://farm/admin/a" }],
    [{ type: "url", value: "https://a/, URI:olive://farm/admin/a" }],
    [{ type: "url", value: "olive://farm/worker/a" }, {
      type: "url",
      value: "olive://farm/admin/a",
    }],
  ];
  for (const names of cases) {
    const der = await selfSigned(names);
    const error = assertThrows(() => readCertificateFacts(der), DomainError);
    assertEquals(error.code, "identity_refused", JSON.stringify(names));
  }
});

Deno.test("readCertificateFacts() refuses the authority itself, and what is no certificate", async () => {
  const deps = { clock: new FakeClock(), random: systemRandomBytes };
  const { authority } = await createAuthority(deps);
  for (const pem of [authority.certificatePem, "", "hello", "-----BEGIN CERTIFICATE-----\nAAAA"]) {
    const error = assertThrows(() => readCertificateFactsOfPem(pem), DomainError);
    assertEquals(error.code, "identity_refused");
  }
  const error = assertThrows(() => readCertificateFacts(new Uint8Array([1, 2, 3])), DomainError);
  assertEquals(error.code, "identity_refused");
});
