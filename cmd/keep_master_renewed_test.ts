import { assert, assertEquals } from "@std/assert";
import { connect } from "node:tls";
import {
  identityDir,
  initFarm,
  type LoadedIdentity,
  loadIdentityFiles,
  renewLocally,
} from "../certs/mod.ts";
import { createSystemClock, systemRandomBytes } from "../mod/core/mod.ts";
import { createCertificateRegistry } from "../mod/store/mod.ts";
import { FakeClock, type TestFarm } from "../mod/testing/mod.ts";
import { withCommandFarm } from "../tests/support/command_farm.ts";
import { EXIT } from "./exit_codes.ts";

const DAY_MS = 86_400_000;

/** The certificate that a listener shows, as its fingerprint. */
function shownBy(url: string, identity: LoadedIdentity): Promise<string> {
  const { hostname: host, port } = new URL(url);
  const { key, cert, ca } = identity;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), key, cert, ca });
    socket.once("secureConnect", () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

/** A farm that was made so many days ago. */
function madeDaysAgo(days: number): (test: TestFarm, stateDir: string) => Promise<void> {
  return async (test, stateDir) => {
    const clock = new FakeClock(createSystemClock().nowMs() - days * DAY_MS);
    const registry = createCertificateRegistry(test.database);
    const { authority } = await initFarm({
      stateDir,
      hostName: "local",
      personName: "anna",
      hosts: ["localhost", "127.0.0.1"],
      masterUrl: "https://localhost:1",
    }, { registry, clock, random: systemRandomBytes });
    // People's certificates live shorter than the master's.
    const admin = await loadIdentityFiles(identityDir(stateDir, "admin"));
    const today = { clock: createSystemClock(), random: systemRandomBytes };
    await renewLocally(admin, { authority, registry, ...today });
  };
}

Deno.test("a master renews its certificate in its last third, and shows the new one", async () => {
  await withCommandFarm({ history: madeDaysAgo(600) }, async (farm) => {
    const dir = identityDir(farm.stateDir, "master");
    const admin = await loadIdentityFiles(identityDir(farm.stateDir, "admin"));
    const nowMs = createSystemClock().nowMs();
    let shown = "";
    await farm.until("the master to show a new certificate", async () => {
      // Key and certificate are two files: between their renames they do not match.
      const loaded = await loadIdentityFiles(dir).catch(() => undefined);
      if (loaded === undefined) return false;
      const { cert, facts } = loaded;
      shown = await shownBy(farm.url, admin);
      const digest = await crypto.subtle.digest("SHA-256", derOf(cert));
      const fingerprint = new Uint8Array(digest).toHex().toUpperCase();
      return facts.notBeforeMs > nowMs - 2 * DAY_MS && shown.replaceAll(":", "") === fingerprint;
    });
    assertEquals((await farm.olive(["jobs"])).code, EXIT.ok);
  });
});

Deno.test("a master leaves a young certificate as it is", async () => {
  await withCommandFarm({ history: madeDaysAgo(400) }, async (farm) => {
    const { facts } = await loadIdentityFiles(identityDir(farm.stateDir, "master"));
    const ageMs = createSystemClock().nowMs() - facts.notBeforeMs;
    assert(ageMs > 399 * DAY_MS, `${ageMs} ms`);
  });
});

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const base64 = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem)?.[1] ?? "";
  return Uint8Array.fromBase64(base64.replaceAll(/\s/g, ""));
}
