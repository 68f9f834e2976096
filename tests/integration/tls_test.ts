/**
 * Who gets through the master's door, with real sockets.
 *
 * Invariant: a request reaches the handler only with a certificate of the farm's authority that is
 * listed, unrevoked and within its validity at that moment; the handler learns role and name from it.
 */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createSystemClock, DomainError } from "../../mod/core/mod.ts";
import { until } from "../../mod/testing/mod.ts";
import { createMtlsFetch } from "../../mod/tls/mod.ts";
import { openDoor } from "../support/door.ts";
import { HAS_OPENSSL, openssl, writeIdentity } from "../support/openssl.ts";
import { createTestFarm } from "../support/pki.ts";

const DAY_MS = 86_400_000;

Deno.test("listenMtls() hands role, name and address of a member to the handler", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker", name: "studio-2" });
  await using door = await openDoor(farm, [worker]);
  const response = await door.get(worker);
  assertEquals(response.status, 200);
  assertEquals(await response.json(), {
    identity: {
      role: "worker",
      name: "studio-2",
      fingerprint: worker.issued.identity.fingerprint,
    },
    remoteAddress: "127.0.0.1",
  });
});

Deno.test("listenMtls() refuses a client without a certificate in the handshake", async () => {
  const farm = await createTestFarm();
  await using door = await openDoor(farm, []);
  const client = Deno.createHttpClient({ caCerts: [farm.authority.certificatePem] });
  await assertRejects(() => fetch(door.listener.url, { client }), TypeError);
  client.close();
  assertEquals(door.seen.length, 0);
});

Deno.test("listenMtls() refuses a certificate of a foreign authority in the handshake", async () => {
  const farm = await createTestFarm();
  const foreign = await (await createTestFarm()).issue({ role: "admin" });
  // Even when it is listed: the signature comes first.
  await using door = await openDoor(farm, [foreign]);
  await assertRejects(
    () => door.get({ ...foreign, ca: farm.authority.certificatePem }),
    DomainError,
  );
  assertEquals(door.seen.length, 0);
});

Deno.test("listenMtls() refuses an expired certificate in the handshake", async () => {
  const farm = await createTestFarm();
  const old = await farm.issue({ role: "worker", shiftMs: -100 * DAY_MS });
  await using door = await openDoor(farm, [old]);
  const error = await assertRejects(() => door.get(old), DomainError);
  assertEquals(error.code, "identity_refused");
  assertEquals(door.seen.length, 0);
});

Deno.test("listenMtls() refuses a certificate that is not yet valid in the handshake", async () => {
  const farm = await createTestFarm();
  const early = await farm.issue({ role: "worker", shiftMs: DAY_MS });
  await using door = await openDoor(farm, [early]);
  const error = await assertRejects(() => door.get(early), DomainError);
  assertEquals(error.code, "identity_refused");
  assertEquals(door.seen.length, 0);
});

Deno.test("listenMtls() answers 403 to a certificate of the authority that is not listed", async () => {
  const farm = await createTestFarm();
  const unlisted = await farm.issue({ role: "admin" });
  await using door = await openDoor(farm, []);
  const response = await door.get(unlisted);
  assertEquals(response.status, 403);
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  assertEquals((await response.json()).code, "identity_refused");
  assertEquals(door.seen.length, 0);
  assertEquals(door.refusals.length, 1);
});

Deno.test("listenMtls() refuses a certificate that runs out by the guard's clock on an open connection", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  await using door = await openDoor(farm, [worker]);
  const client = createMtlsFetch(worker);
  const first = await client.fetch(door.listener.url);
  await first.text();
  door.clock.shiftMs = 91 * DAY_MS;
  const second = await client.fetch(door.listener.url);
  assertEquals([first.status, second.status], [200, 403]);
  assertEquals((await second.json()).code, "identity_refused");
  client.close();
});

Deno.test("listenMtls() destroys the open connection of a revoked certificate and no other", async () => {
  const farm = await createTestFarm();
  const bad = await farm.issue({ role: "worker", name: "bad" });
  const good = await farm.issue({ role: "worker", name: "good" });
  const release = Promise.withResolvers<void>();
  let waiting = 0;
  await using door = await openDoor(farm, [bad, good], {
    handler: async () => {
      waiting++;
      await release.promise;
      return new Response("late");
    },
  });
  const clients = [createMtlsFetch(bad), createMtlsFetch(good)];
  const polls = clients.map(async (client) => {
    return await (await client.fetch(door.listener.url)).text();
  });
  const outcome = Promise.allSettled(polls);
  await until(() => waiting === 2, { what: "both long polls to wait" });
  door.guard.put({ ...bad.record, revokedAtMs: createSystemClock().nowMs() });
  await until(() => door.listener.connectionCount() === 1, { what: "one connection to be cut" });
  release.resolve();
  const [badPoll, goodPoll] = await outcome;
  assertEquals(badPoll?.status, "rejected");
  assertEquals(goodPoll, { status: "fulfilled", value: "late" });
  const again = await clients[0]?.fetch(door.listener.url);
  assertEquals(again?.status, 403);
  await again?.body?.cancel();
  for (const client of clients) client.close();
});

Deno.test({
  name: "listenMtls() refuses a revoked certificate that comes back with a resumed session",
  ignore: !HAS_OPENSSL,
  fn: async () => {
    const farm = await createTestFarm();
    const worker = await farm.issue({ role: "worker" });
    await using door = await openDoor(farm, [worker]);
    await using files = await writeIdentity(worker);
    const session = `${files.dir}/session.pem`;
    async function request(sessionFlag: "-sess_out" | "-sess_in"): Promise<string> {
      const connection = ["-connect", `127.0.0.1:${door.listener.port}`, "-ign_eof"];
      const identity = ["-key", files.key, "-cert", files.cert, "-CAfile", files.ca];
      return await openssl(["s_client", ...connection, ...identity, sessionFlag, session], {
        stdin: "GET / HTTP/1.1\r\nHost: master\r\nConnection: close\r\n\r\n",
      });
    }
    const first = await request("-sess_out");
    assertMatch(first, /New, TLSv1\.3/);
    assertMatch(first, /HTTP\/1\.1 200/);
    const second = await request("-sess_in");
    assertMatch(second, /Reused, TLSv1\.3/);
    assertMatch(second, /HTTP\/1\.1 200/);
    door.guard.replaceAll([{ ...worker.record, revokedAtMs: 1 }]);
    const third = await request("-sess_in");
    assertMatch(third, /Reused, TLSv1\.3/);
    assertMatch(third, /HTTP\/1\.1 403/);
    assertEquals(door.seen.length, 2);
  },
});
