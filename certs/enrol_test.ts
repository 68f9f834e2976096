import { assert, assertEquals, assertRejects } from "@std/assert";
import { DomainError, systemRandomBytes } from "../mod/core/mod.ts";
import { FakeClock, MemoryRegistry, MemoryTokens } from "../mod/testing/mod.ts";
import {
  createAuthority,
  createSigningRequest,
  createToken,
  type CreateTokenOptions,
  enrol,
  type EnrolDeps,
  type EnrolRequest,
  generateKeyPair,
  parseToken,
} from "./mod.ts";

const HOUR_MS = 3_600_000;

interface EnrolFarm {
  readonly clock: FakeClock;
  readonly registry: MemoryRegistry;
  readonly tokens: MemoryTokens;
  readonly deps: EnrolDeps;
  readonly refusals: readonly string[];
}

async function makeFarm(): Promise<EnrolFarm> {
  const clock = new FakeClock();
  const registry = new MemoryRegistry();
  const tokens = new MemoryTokens(registry);
  const refusals: string[] = [];
  const own = { clock, random: systemRandomBytes };
  const { authority } = await createAuthority(own);
  const onRefused = ({ reason }: { reason: string }): void => void refusals.push(reason);
  return {
    clock,
    registry,
    tokens,
    refusals,
    deps: { ...own, authority, registry, tokens, onRefused },
  };
}

async function makeRequest(
  farm: EnrolFarm,
  options: Partial<CreateTokenOptions> = {},
): Promise<EnrolRequest> {
  const { token } = await createToken({ role: "worker", address: "m:1", ...options }, farm.deps);
  const { tokenId, secret } = parseToken(token);
  const csrPem = await createSigningRequest(await generateKeyPair());
  return { tokenId, secret, csrPem, name: "render-1" };
}

async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => attempt, DomainError);
  return `${error.code}: ${error.message}`;
}

const REFUSED = "token_refused: Cannot enrol: the token is not valid";

Deno.test("enrol() gives the role and name of the token, whatever the request would like", async () => {
  const farm = await makeFarm();
  const request = await makeRequest(farm, { role: "client", name: "maria" });
  const { issued, record } = await enrol({ ...request, name: "boss" }, farm.deps);
  assertEquals([issued.identity.role, issued.identity.name], ["client", "maria"]);
  assertEquals(record.origin, "token");
  assertEquals([...farm.registry.records.values()], [record]);
});

Deno.test("enrol() answers the same for every token that is not valid, and tells the log why", async () => {
  const farm = await makeFarm();
  const used = await makeRequest(farm);
  await enrol(used, farm.deps);
  const good = await makeRequest(farm);
  const expired = await makeRequest(farm, { ttlMs: 1_000 });
  await farm.clock.advance(1_000);
  const cases: [EnrolRequest, string][] = [
    [used, "used before"],
    [expired, "expired or burnt"],
    [{ ...good, tokenId: "nosuchtokn" }, "no such token"],
    [{ ...good, secret: "0".repeat(40) }, "wrong secret, 1 so far"],
    [{ ...good, secret: "" }, "wrong secret, 2 so far"],
    // Nothing about the request is looked at before the secret is right.
    [{ ...good, secret: "x", csrPem: "bad", name: "BAD" }, "wrong secret, 3 so far"],
  ];
  for (const [request] of cases) assertEquals(await refusalOf(enrol(request, farm.deps)), REFUSED);
  assertEquals(farm.refusals, cases.map(([, reason]) => reason));
  await enrol({ ...good, name: "render-2" }, farm.deps);
});

Deno.test("enrol() burns a token after five wrong secrets, the right one then included", async () => {
  const farm = await makeFarm();
  const request = await makeRequest(farm);
  for (let count = 0; count < 5; count++) {
    assertEquals(await farm.tokens.countOutstanding(farm.clock.nowMs()), 1);
    await refusalOf(enrol({ ...request, secret: "0".repeat(40) }, farm.deps));
  }
  assertEquals(await farm.tokens.countOutstanding(farm.clock.nowMs()), 0);
  assertEquals(await refusalOf(enrol(request, farm.deps)), REFUSED);
});

Deno.test("enrol() keeps the token unused when the request cannot be used", async () => {
  const farm = await makeFarm();
  const request = await makeRequest(farm);
  const bad = [{ csrPem: "x" }, { name: undefined }, { name: "BAD NAME" }];
  for (const part of bad) {
    const refusal = await refusalOf(enrol({ ...request, ...part }, farm.deps));
    assert(refusal.startsWith("request_invalid: "), refusal);
  }
  await enrol(request, farm.deps);
});

Deno.test("enrol() refuses a name that another member has, unless the token names it", async () => {
  const farm = await makeFarm();
  const first = await enrol(await makeRequest(farm), farm.deps);
  const second = await makeRequest(farm);
  assertEquals(
    await refusalOf(enrol(second, farm.deps)),
    "request_invalid: Cannot enrol: the name render-1 is taken",
  );
  await enrol(await makeRequest(farm, { name: "render-1" }), farm.deps);
  assertEquals(farm.registry.records.size, 2);
  for (const fingerprint of farm.registry.records.keys()) {
    await farm.registry.revoke({ fingerprint, atMs: farm.clock.nowMs(), reason: "gone" });
  }
  const { issued } = await enrol(second, farm.deps);
  assert(issued.identity.fingerprint !== first.issued.identity.fingerprint);
});

Deno.test("createToken() stores a hash of the secret only, for an hour by default", async () => {
  const farm = await makeFarm();
  const { token, record } = await createToken({ role: "worker", address: "m:1" }, farm.deps);
  const { secret, authorityFingerprint } = parseToken(token);
  assertEquals(authorityFingerprint, farm.deps.authority.fingerprint);
  assert(!JSON.stringify([...farm.tokens.records.values()]).includes(secret));
  assertEquals(record.expiresAtMs, farm.clock.nowMs() + HOUR_MS);
});

Deno.test("createToken() refuses a master's role, bad names and endless lives", async () => {
  const farm = await makeFarm();
  const bad: Partial<CreateTokenOptions>[] = [
    { role: "master" },
    { name: "A b" },
    { address: "nowhere" },
    { ttlMs: 999 },
    { ttlMs: 8 * 24 * HOUR_MS },
  ];
  for (const part of bad) {
    const attempt = createToken({ role: "worker", address: "m:1", ...part }, farm.deps);
    assertEquals((await assertRejects(() => attempt, DomainError)).code, "usage");
  }
  assertEquals(farm.tokens.records.size, 0);
});
