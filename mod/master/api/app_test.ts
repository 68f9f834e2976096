import { assert, assertEquals } from "@std/assert";
import { DomainError, type Identity, type Role, ROLES } from "../../core/mod.ts";
import { createSilentLogger } from "../../log/mod.ts";
import {
  type Problem,
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  type RouteName,
  routePath,
  ROUTES,
} from "../../wire/mod.ts";
import { createApiHandler } from "./app.ts";
import type { MasterServices } from "./services.ts";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly role?: Role;
  readonly name?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
}

/** Services that note who was called, and answer nothing of use. */
function countingServices(calls: string[]): MasterServices {
  return new Proxy({}, {
    get: (_target, name: string) => () => {
      calls.push(name);
      if (name === "status") throw new DomainError("db_busy", "Cannot read: busy");
      if (name === "listWorkers") throw new Error("secret detail");
      return Promise.resolve({});
    },
  }) as MasterServices;
}

function ask(calls: string[], asked: Asked): Promise<Response> {
  const handle = createApiHandler({
    services: countingServices(calls),
    logger: createSilentLogger(),
  });
  const identity: Identity = {
    role: asked.role ?? "admin",
    name: asked.name ?? "laptop",
    fingerprint: "0".repeat(64),
  };
  const init: RequestInit = {
    method: asked.method,
    headers: { [PROTOCOL_HEADER]: PROTOCOL_VERSION, ...asked.headers },
    ...(asked.body === undefined ? {} : { body: asked.body }),
  };
  const request = new Request(new URL(asked.path, "https://master"), init);
  return Promise.resolve(handle(request, { identity, remoteAddress: "127.0.0.1" }));
}

async function problemOf(response: Response): Promise<Problem> {
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  return await response.json() as Problem;
}

const PARAMS = { id: "j1", name: "laptop", fileId: "m1-0", offset: "0" };

Deno.test("createApiHandler() refuses every route to every role that its table does not name", async () => {
  let refusals = 0;
  for (const name of Object.keys(ROUTES) as RouteName[]) {
    for (const role of ROLES) {
      const allowed: readonly Role[] = ROUTES[name].roles;
      if (allowed.includes(role)) continue;
      const calls: string[] = [];
      const path = routePath(name, PARAMS);
      const response = await ask(calls, { method: ROUTES[name].method, path, role });
      const problem = await problemOf(response);
      assertEquals([response.status, problem.code], [403, "role_refused"], `${name} ${role}`);
      assertEquals(calls, [], `${name} as ${role} reached a service`);
      refusals++;
    }
  }
  assert(refusals > 20);
});

Deno.test("createApiHandler() lets a worker speak for its own host only", async () => {
  const calls: string[] = [];
  const path = routePath("syncWorker", { name: "desktop" });
  const response = await ask(calls, { method: "POST", path, role: "worker", body: "{}" });
  assertEquals((await problemOf(response)).code, "role_refused");
  assertEquals(calls, []);
});

Deno.test("createApiHandler() turns errors into problems and keeps unknown ones to itself", async () => {
  const busy = await problemOf(await ask([], { method: "GET", path: "/v1/status" }));
  assertEquals([busy.status, busy.code], [503, "db_busy"]);
  const unknown = await problemOf(await ask([], { method: "GET", path: "/v1/workers" }));
  assertEquals([unknown.status, unknown.code], [500, "internal"]);
  assert(!JSON.stringify(unknown).includes("secret"));
});

Deno.test("createApiHandler() refuses a peer of another protocol in a sentence", async () => {
  const response = await ask([], {
    method: "GET",
    path: "/v1/info",
    headers: { [PROTOCOL_HEADER]: "9.0" },
  });
  assertEquals((await problemOf(response)).code, "version_mismatch");
});

Deno.test("createApiHandler() refuses bodies that are no JSON, no request, or too long", async () => {
  const path = "/v1/jobs";
  const long = { "content-length": String(100 * 1024 * 1024) };
  for (
    const [body, headers, code] of [
      ["{", { "content-length": "1" }, "request_invalid"],
      ['{"priority":1}', { "content-length": "14" }, "request_invalid"],
      ["{}", long, "too_large"],
      ["{}", {}, "request_invalid"],
    ] as const
  ) {
    const calls: string[] = [];
    const response = await ask(calls, { method: "POST", path, body, headers });
    assertEquals((await problemOf(response)).code, code, body);
    assertEquals(calls, []);
  }
});
