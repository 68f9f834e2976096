/**
 * A member of the farm believes the farm's authority alone.
 *
 * The runtime adds public authorities to it. Here a foreign authority is made a public one, as the
 * system's list of the client's process: without `trustFarmOnly` its certificate is good enough.
 */
import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { createSystemRunner } from "../../mod/process/mod.ts";
import { listenTls } from "../../mod/tls/mod.ts";
import { writeIdentity } from "../support/openssl.ts";
import { createTestFarm } from "../support/pki.ts";

const CLIENT = fromFileUrl(new URL("../support/farm_only_client.ts", import.meta.url));

Deno.test("trustFarmOnly() makes a client refuse a master that a public authority vouches for", async () => {
  const thief = await createTestFarm();
  const member = await (await createTestFarm()).issue({ role: "worker" });
  await using files = await writeIdentity(member);
  const publicAuthorities = join(files.dir, "public.pem");
  await Deno.writeTextFile(publicAuthorities, thief.authority.certificatePem);
  const listener = await listenTls({
    hostname: "127.0.0.1",
    port: 0,
    identity: await thief.issue({ role: "master" }),
    handler: () => new Response("gotcha"),
  });
  const runner = createSystemRunner({ env: (name) => Deno.env.get(name) });
  async function ask(extra: Readonly<Record<string, string>>): Promise<string> {
    const { stdout, stderrTail } = await runner.run({
      program: Deno.execPath(),
      args: ["run", "-A", "--no-check", CLIENT],
      env: {
        OLIVE_TEST_DIR: files.dir,
        OLIVE_TEST_URL: listener.url,
        SSL_CERT_FILE: publicAuthorities,
        DENO_TLS_CA_STORE: "system",
        ...extra,
      },
      timeoutMs: 30_000,
    });
    return new TextDecoder().decode(stdout) || stderrTail;
  }
  assertEquals(await ask({}), "200");
  assertEquals(await ask({ OLIVE_TEST_FARM_ONLY: "1" }), "identity_refused");
  await listener.close(0);
});
