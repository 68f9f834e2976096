/**
 * A new machine joins the farm, with real sockets and files.
 *
 * Invariant: the token's secret is sent to nobody but a master of the authority that the token pins,
 * and a token gives one certificate at most.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  createSigningRequest,
  createToken,
  enrol,
  type EnrolDeps,
  generateKeyPair,
  joinFarm,
  loadIdentityFiles,
  parseToken,
} from "../../certs/mod.ts";
import { DomainError, isDomainError, systemRandomBytes } from "../../mod/core/mod.ts";
import { MemoryRegistry, MemoryTokens } from "../../mod/testing/mod.ts";
import {
  enrolWithMaster,
  type IdentityPem,
  listenTls,
  type TlsListener,
} from "../../mod/tls/mod.ts";
import { toProblem } from "../../mod/wire/mod.ts";
import { getOnce, openDoor, ShiftedClock } from "../support/door.ts";
import { createTestFarm, type TestFarm } from "../support/pki.ts";

const HOUR_MS = 3_600_000;

interface EnrolmentPort extends AsyncDisposable {
  readonly deps: EnrolDeps;
  readonly clock: ShiftedClock;
  readonly address: string;
  /** Bodies that were posted, whoever they were meant for. */
  readonly posted: readonly string[];
  /** Why enrolments were refused. */
  readonly refusals: readonly string[];
  /** Folder for state folders. */
  readonly dir: string;
}

interface PortOptions {
  /** Who serves. Default: the farm's master. */
  readonly identity?: IdentityPem;
  /** What is shown as the authority. Default: the farm's. */
  readonly authorityPem?: string;
}

async function openEnrolment(farm: TestFarm, options: PortOptions = {}): Promise<EnrolmentPort> {
  const clock = new ShiftedClock();
  const registry = new MemoryRegistry();
  const posted: string[] = [];
  const refusals: string[] = [];
  const deps: EnrolDeps = {
    authority: farm.authority,
    registry,
    tokens: new MemoryTokens(registry),
    clock,
    random: systemRandomBytes,
    onRefused: ({ reason }) => refusals.push(reason),
  };
  const listener: TlsListener = await listenTls({
    hostname: "127.0.0.1",
    port: 0,
    identity: options.identity ?? await farm.issue({ role: "master" }),
    handler: async (request) => {
      if (request.method === "GET") {
        return new Response(options.authorityPem ?? farm.authority.certificatePem);
      }
      const body = await request.text();
      posted.push(body);
      return await answerEnrolment(body, deps);
    },
  });
  const dir = await Deno.makeTempDir({ prefix: "olive-join-" });
  return {
    deps,
    clock,
    address: `127.0.0.1:${listener.port}`,
    posted,
    refusals,
    dir,
    [Symbol.asyncDispose]: async () => {
      await listener.close(0);
      await Deno.remove(dir, { recursive: true });
    },
  };
}

async function answerEnrolment(body: string, deps: EnrolDeps): Promise<Response> {
  try {
    const { issued } = await enrol(JSON.parse(body), deps);
    return Response.json({
      certificatePem: issued.certificatePem,
      authorityPem: deps.authority.certificatePem,
      ...issued.identity,
      notAfterMs: issued.notAfterMs,
      masterUrl: "https://127.0.0.1:7420",
    });
  } catch (error) {
    const problem = toProblem(error);
    return Response.json(problem, { status: problem.status });
  }
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, DomainError)).code;
}

Deno.test("joinFarm() makes a key here and gets a certificate that the master's door accepts", async () => {
  const farm = await createTestFarm();
  await using port = await openEnrolment(farm);
  const { deps, address, clock } = port;
  const { token } = await createToken({ role: "worker", address }, deps);
  const stateDir = join(port.dir, "state");
  const joined = await joinFarm({ token, stateDir, name: "render-1" }, {
    enrol: enrolWithMaster,
    clock,
  });
  assertEquals(joined.identity.role, "worker");
  assertEquals(joined.identity.name, "render-1");
  const loaded = await loadIdentityFiles(join(stateDir, "worker"));
  assertEquals(loaded.identity, joined.identity);
  assertEquals(loaded.masterUrl, "https://127.0.0.1:7420");
  assert(!port.posted.join().includes("PRIVATE KEY"));
  const [record] = await deps.registry.list({ afterMs: 0 });
  assertEquals(record?.fingerprint, joined.identity.fingerprint);
  await using door = await openDoor(farm, []);
  if (record !== undefined) door.guard.put(record);
  assertEquals((await getOnce(door.listener.url, loaded)).status, 200);
});

Deno.test("joinFarm() is refused when the token was used before, also at the same time", async () => {
  const farm = await createTestFarm();
  await using port = await openEnrolment(farm);
  const { deps, address, clock } = port;
  const { token } = await createToken({ role: "worker", address }, deps);
  const outcomes = await Promise.allSettled(
    ["a", "b", "c"].map((name) =>
      joinFarm({ token, stateDir: join(port.dir, name), name }, { enrol: enrolWithMaster, clock })
    ),
  );
  const codes = outcomes.map((outcome) =>
    outcome.status === "rejected" && isDomainError(outcome.reason) ? outcome.reason.code : "joined"
  );
  assertEquals(codes.sort(), ["joined", "token_refused", "token_refused"]);
  assertEquals((await deps.registry.list({ afterMs: 0 })).length, 1);
});

Deno.test("joinFarm() is refused when the token has expired", async () => {
  const farm = await createTestFarm();
  await using port = await openEnrolment(farm);
  const { deps, address, clock } = port;
  const { token } = await createToken({ role: "worker", address }, deps);
  clock.shiftMs = HOUR_MS;
  const options = { token, stateDir: join(port.dir, "state"), name: "late" };
  assertEquals(
    await refusal(joinFarm(options, { enrol: enrolWithMaster, clock })),
    "token_refused",
  );
  assertEquals(port.refusals, ["expired or burnt"]);
});

Deno.test("joinFarm() burns the token after five wrong secrets", async () => {
  const farm = await createTestFarm();
  await using port = await openEnrolment(farm);
  const { deps, address, clock } = port;
  const { token } = await createToken({ role: "worker", address }, deps);
  const { tokenId, authorityFingerprint } = parseToken(token);
  const csrPem = await createSigningRequest(await generateKeyPair());
  for (let count = 0; count < 5; count++) {
    const request = { tokenId, secret: "0".repeat(40), csrPem, name: "thief" };
    const attempt = enrolWithMaster({ address, authorityFingerprint, request });
    assertEquals(await refusal(attempt), "token_refused");
  }
  const options = { token, stateDir: join(port.dir, "state"), name: "owner" };
  assertEquals(
    await refusal(joinFarm(options, { enrol: enrolWithMaster, clock })),
    "token_refused",
  );
  assertEquals((await deps.registry.list({ afterMs: 0 })).length, 0);
});

Deno.test("joinFarm() sends nothing to a master of another authority", async () => {
  const farm = await createTestFarm();
  const thief = await createTestFarm();
  await using port = await openEnrolment(thief);
  const { token } = await createToken({ role: "worker", address: port.address }, {
    ...port.deps,
    authority: farm.authority,
  });
  const options = { token, stateDir: join(port.dir, "state"), name: "victim" };
  const joining = joinFarm(options, { enrol: enrolWithMaster, clock: port.clock });
  assertEquals(await refusal(joining), "identity_refused");
  assertEquals(port.posted, []);
});

Deno.test("joinFarm() sends nothing to a thief that shows the true authority but cannot be its master", async () => {
  const farm = await createTestFarm();
  const own = await (await createTestFarm()).issue({ role: "master" });
  const member = await farm.issue({ role: "admin" });
  for (const identity of [own, member]) {
    await using port = await openEnrolment(farm, { identity });
    const { token } = await createToken({ role: "worker", address: port.address }, port.deps);
    const options = { token, stateDir: join(port.dir, "state"), name: "victim" };
    const joining = joinFarm(options, { enrol: enrolWithMaster, clock: port.clock });
    assertEquals(await refusal(joining), "identity_refused");
    assertEquals(port.posted, []);
  }
});

Deno.test("joinFarm() sends nothing to a master whose certificate is for another host", async () => {
  const farm = await createTestFarm();
  await using port = await openEnrolment(farm);
  // The whole of 127.0.0.0/8 is this machine, and only 127.0.0.1 is in the certificate.
  const listener = await listenTls({
    hostname: "127.0.0.2",
    port: 0,
    identity: await farm.issue({ role: "master" }),
    handler: (request) =>
      new Response(request.method === "GET" ? farm.authority.certificatePem : "{}"),
  });
  const address = `127.0.0.2:${listener.port}`;
  const { token } = await createToken({ role: "worker", address }, port.deps);
  const options = { token, stateDir: join(port.dir, "state"), name: "victim" };
  const joining = joinFarm(options, { enrol: enrolWithMaster, clock: port.clock });
  const error = await assertRejects(() => joining, DomainError);
  assertEquals(error.code, "identity_refused");
  assertEquals(
    error.hint,
    "On the master: olive certs init --host 127.0.0.2, then make a new token",
  );
  await listener.close(0);
});

Deno.test("joinFarm() says so when nobody answers", async () => {
  const farm = await createTestFarm();
  await using port = await openEnrolment(farm);
  const { token } = await createToken({ role: "worker", address: "127.0.0.1:9" }, port.deps);
  const options = { token, stateDir: join(port.dir, "state"), name: "lonely" };
  const joining = joinFarm(options, { enrol: enrolWithMaster, clock: port.clock });
  assertEquals(await refusal(joining), "master_unreachable");
});

Deno.test("joinFarm() keeps the token unused when this machine has an identity already", async () => {
  const farm = await createTestFarm();
  await using port = await openEnrolment(farm);
  const { deps, address, clock } = port;
  const { token } = await createToken({ role: "worker", address }, deps);
  const stateDir = join(port.dir, "state");
  await Deno.mkdir(join(stateDir, "worker"), { recursive: true });
  const joining = joinFarm({ token, stateDir, name: "twice" }, { enrol: enrolWithMaster, clock });
  assertEquals(await refusal(joining), "config_invalid");
  assertEquals(await deps.tokens.countOutstanding(clock.nowMs()), 1);
  assertEquals(port.posted, []);
});
