import { Hono, type MiddlewareHandler } from "hono";
import { DomainError, formatError, PROGRAM_VERSION } from "../../core/mod.ts";
import type { Logger } from "../../log/mod.ts";
import {
  assertProtocol,
  PROBLEM_CONTENT_TYPE,
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  type Route,
  ROUTES,
  toProblem,
} from "../../wire/mod.ts";
import { addAttemptRoutes } from "./attempt_routes.ts";
import type { AddRoute, ApiBindings, ApiEnv } from "./context.ts";
import { addJobRoutes } from "./job_routes.ts";
import type { MasterServices } from "./services.ts";
import { addWorkerRoutes } from "./worker_routes.ts";

/** Answers a request of somebody whom the listener has let in. */
export type ApiHandler = (request: Request, bindings: ApiBindings) => Response | Promise<Response>;

/** What the API needs. */
export interface ApiDeps {
  readonly services: MasterServices;
  readonly logger: Logger;
}

/**
 * The master's API: every route of the wire's table, its roles checked before its handler runs.
 *
 * @param deps Services behind the routes, and a logger for faults of the program itself.
 * @returns Answers requests that carry an identity; never throws.
 */
export function createApiHandler(deps: ApiDeps): ApiHandler {
  const app = new Hono<ApiEnv>();
  app.use("*", async (context, next) => {
    assertProtocol(context.req.header(PROTOCOL_HEADER));
    await next();
    // Afterwards: a handler's own Response does not take up headers that were set before it.
    context.header(PROTOCOL_HEADER, PROTOCOL_VERSION);
  });
  const addRoute: AddRoute = (name, handler) => {
    const route: Route = ROUTES[name];
    app.on(route.method, [route.path], requireRole(route), handler);
  };
  addRoute(
    "info",
    (context) => context.json({ masterVersion: PROGRAM_VERSION, protocol: PROTOCOL_VERSION }),
  );
  addJobRoutes(addRoute, deps.services);
  addWorkerRoutes(addRoute, deps.services);
  addAttemptRoutes(addRoute, deps.services);
  app.notFound((context) =>
    problemResponse(
      new DomainError("request_invalid", `Cannot find a route for ${context.req.path}`),
    )
  );
  app.onError((error) => {
    if (!(error instanceof DomainError)) {
      deps.logger.error("request_failed", formatError(error), { err: error });
    }
    return problemResponse(error);
  });
  return (request, bindings) => app.fetch(request, { ...bindings });
}

function requireRole(route: Route): MiddlewareHandler<ApiEnv> {
  return async function checkRole(context, next): Promise<void> {
    const { identity } = context.env;
    if (!route.roles.includes(identity.role)) {
      throw new DomainError(
        "role_refused",
        `Cannot ${route.method} ${route.path}: the certificate of ${identity.name} has the role ${identity.role}`,
        { hint: `This needs a certificate with the role ${route.roles.join(" or ")}` },
      );
    }
    await next();
  };
}

/** The answer to a request that failed. */
export function problemResponse(error: unknown): Response {
  const problem = toProblem(error);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      "content-type": PROBLEM_CONTENT_TYPE,
      [PROTOCOL_HEADER]: PROTOCOL_VERSION,
    },
  });
}
