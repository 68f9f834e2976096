/**
 * Who gets through the master's door, with real sockets.
 *
 * Invariant: a request reaches the handler only with a certificate of the farm's authority that is
 * listed, unrevoked and within its validity at that moment; the handler learns role and name from it.
 */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import tls from "node:tls";
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

Deno.test("createMtlsFetch() refuses a master of another farm", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  const other = await createTestFarm();
  await using door = await openDoor(farm, [worker]);
  const error = await assertRejects(
    () => door.get({ ...worker, ca: other.authority.certificatePem }),
    DomainError,
  );
  assertEquals(error.code, "identity_refused");
  assertEquals(door.seen.length, 0);
});

Deno.test("createMtlsFetch() refuses a master whose certificate is for another host", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  await using door = await openDoor(farm, [worker], { hostname: "127.0.0.2" });
  const error = await assertRejects(() => door.get(worker), DomainError);
  assertEquals(error.code, "identity_refused");
  assertEquals(
    error.hint,
    "On the master: olive certs init --host 127.0.0.2, then start it again",
  );
});

Deno.test("createMtlsFetch() refuses a worker that plays the master", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  await using door = await openDoor(farm, [worker], {
    identity: await farm.issue({ role: "worker" }),
  });
  const error = await assertRejects(() => door.get(worker), DomainError);
  assertEquals(error.code, "identity_refused");
});

Deno.test("createMtlsFetch() calls a master that is not there unreachable", async () => {
  const farm = await createTestFarm();
  const client = createMtlsFetch(await farm.issue({ role: "worker" }));
  for (const url of ["https://127.0.0.1:9/", "https://no-such-host.invalid:9/"]) {
    const error = await assertRejects(() => client.fetch(url), DomainError);
    assertEquals(error.code, "master_unreachable");
  }
  client.close();
});

Deno.test("createMtlsFetch() calls a master that does not answer in time unreachable, and passes an abort on", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  const release = Promise.withResolvers<Response>();
  await using door = await openDoor(farm, [worker], { handler: () => release.promise });
  const client = createMtlsFetch(worker);
  const { url } = door.listener;
  const late = await assertRejects(
    () => client.fetch(url, { signal: AbortSignal.timeout(20) }),
    DomainError,
  );
  assertEquals(late.code, "master_unreachable");
  const reason = new Error("Enough");
  const controller = new AbortController();
  const polling = client.fetch(url, { signal: controller.signal });
  controller.abort(reason);
  assertEquals(await polling.catch((error: unknown) => error), reason);
  client.close();
  release.resolve(new Response("late"));
});

Deno.test("createMtlsFetch() shows the new certificate after reload() without cutting the answer in flight", async () => {
  const farm = await createTestFarm();
  const before = await farm.issue({ role: "worker", name: "w" });
  const after = await farm.issue({ role: "worker", name: "w" });
  const release = Promise.withResolvers<void>();
  let first = true;
  await using door = await openDoor(farm, [before, after], {
    handler: async (_request, env) => {
      if (first) {
        first = false;
        await release.promise;
      }
      return Response.json(env.identity.fingerprint);
    },
  });
  const client = createMtlsFetch(before);
  const inFlight = client.fetch(door.listener.url);
  await until(() => !first, { what: "the first request to arrive" });
  client.reload(after);
  const second = await (await client.fetch(door.listener.url)).json();
  release.resolve();
  assertEquals(await (await inFlight).json(), before.record.fingerprint);
  assertEquals(second, after.record.fingerprint);
  client.close();
});

Deno.test("listenMtls() serves new connections with a reloaded certificate", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  const renewed = await farm.issue({ role: "master", name: "renewed" });
  await using door = await openDoor(farm, [worker]);
  const client = createMtlsFetch(worker);
  await (await client.fetch(door.listener.url)).text();
  door.listener.reload(renewed);
  const open = await client.fetch(door.listener.url);
  assertEquals(open.status, 200);
  await open.text();
  const served = Promise.withResolvers<string>();
  const socket = tls.connect({
    port: door.listener.port,
    host: "127.0.0.1",
    ca: [farm.authority.certificatePem],
    key: worker.key,
    cert: worker.cert,
  }, () => served.resolve(socket.getPeerCertificate().fingerprint256));
  socket.on("error", served.reject);
  const fingerprint = (await served.promise).replaceAll(":", "").toLowerCase();
  socket.destroy();
  assertEquals(fingerprint, renewed.record.fingerprint);
  client.close();
});

Deno.test("listenMtls() answers 413 to an announced body beyond the limit without running the handler", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  await using door = await openDoor(farm, [worker], {
    bodyBytesMax: (method, path) => method === "PUT" && path === "/big" ? 2_000 : 1_000,
  });
  const client = createMtlsFetch(worker);
  const answers: number[] = [];
  for (
    const [path, sizeBytes] of [["/small", 1_000], ["/small", 1_001], ["/big", 2_000]] as const
  ) {
    const body = new Uint8Array(sizeBytes);
    const response = await client.fetch(`${door.listener.url}${path}`, { method: "PUT", body });
    await response.text();
    answers.push(response.status);
  }
  client.close();
  assertEquals(answers, [200, 413, 200]);
  assertEquals(door.seen.length, 2);
});

Deno.test("listenMtls() refuses a body without a Content-Length", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  await using door = await openDoor(farm, [worker]);
  const client = createMtlsFetch(worker);
  const body = new Blob(["unmeasured"]).stream();
  const response = await client.fetch(door.listener.url, { method: "POST", body });
  assertEquals([response.status, (await response.json()).code], [400, "request_invalid"]);
  assertEquals(door.seen.length, 0);
  client.close();
});

Deno.test("listenMtls() drops a member that trickles the head of its request", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  await using door = await openDoor(farm, [worker], { headMsMax: 100 });
  let isClosed = false;
  const socket = tls.connect({
    port: door.listener.port,
    host: "127.0.0.1",
    ca: [farm.authority.certificatePem],
    key: worker.key,
    cert: worker.cert,
  }, () => socket.write("GET / HTTP/1.1\r\nX-Slow: "));
  socket.on("close", () => isClosed = true);
  // Writing to a connection that was just cut is an error too.
  socket.on("error", () => isClosed = true);
  await until(() => {
    if (!isClosed && !socket.connecting) socket.write("a");
    return isClosed && door.listener.connectionCount() === 0;
  }, { what: "the connection to be cut", timeoutMs: 5_000 });
  socket.destroy();
  assertEquals(door.seen.length, 0);
});

Deno.test("listenMtls() lets requests in flight end when it closes, within the grace", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  const release = Promise.withResolvers<void>();
  let waiting = 0;
  await using door = await openDoor(farm, [worker], {
    handler: async () => {
      waiting++;
      await release.promise;
      return new Response("done");
    },
  });
  const client = createMtlsFetch(worker);
  const answer = client.fetch(door.listener.url).then((response) => response.text());
  await until(() => waiting === 1, { what: "the request to arrive" });
  const closing = door.listener.close(60_000);
  release.resolve();
  assertEquals(await answer, "done");
  await closing;
  const error = await assertRejects(() => client.fetch(door.listener.url), DomainError);
  assertEquals(error.code, "master_unreachable");
  client.close();
});

Deno.test("listenMtls() cuts requests that outlast the grace when it closes", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  const release = Promise.withResolvers<Response>();
  let waiting = 0;
  await using door = await openDoor(farm, [worker], {
    handler: () => {
      waiting++;
      return release.promise;
    },
  });
  const client = createMtlsFetch(worker);
  const polling = assertRejects(() => client.fetch(door.listener.url), DomainError);
  await until(() => waiting === 1, { what: "the request to arrive" });
  await door.listener.close(10);
  assertEquals((await polling).code, "master_unreachable");
  release.resolve(new Response("late"));
  client.close();
});

Deno.test("listenMtls() says which port is taken", async () => {
  const farm = await createTestFarm();
  await using door = await openDoor(farm, []);
  const error = await assertRejects(
    () => openDoor(farm, [], { port: door.listener.port }),
    DomainError,
  );
  assertEquals(error.code, "address_in_use");
  assertEquals(
    error.message,
    `Cannot listen on 127.0.0.1:${door.listener.port}: the port is taken`,
  );
});

Deno.test("listenMtls() cuts the connections that destroySockets() picks", async () => {
  const farm = await createTestFarm();
  const worker = await farm.issue({ role: "worker" });
  await using door = await openDoor(farm, [worker]);
  const client = createMtlsFetch(worker);
  await (await client.fetch(door.listener.url)).text();
  assertEquals(door.listener.destroySockets((fingerprint) => fingerprint === "other"), 0);
  const { fingerprint } = worker.record;
  assertEquals(door.listener.destroySockets((candidate) => candidate === fingerprint), 1);
  await until(() => door.listener.connectionCount() === 0, { what: "the connection to be gone" });
  client.close();
});
