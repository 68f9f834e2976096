import { DomainError, hostOwnsWorker } from "../../core/mod.ts";
import { registerRequest, syncRequest } from "../../wire/mod.ts";
import type { AddRoute, ApiContext } from "./context.ts";
import { pathParam, readJson } from "./request_body.ts";
import type { MasterServices } from "./services.ts";

/** Routes for workers to introduce themselves and to ask for work, and for people to see them. */
export function addWorkerRoutes(addRoute: AddRoute, services: MasterServices): void {
  addRoute("listWorkers", async (context) => context.json(await services.listWorkers()));
  addRoute("registerWorker", async (context) => {
    const name = ownWorkerName(context);
    const request = await readJson(context, { schema: registerRequest, what: "registration" });
    return context.json(await services.register(name, request, context.env.remoteAddress));
  });
  addRoute("syncWorker", async (context) => {
    const name = ownWorkerName(context);
    const request = await readJson(context, { schema: syncRequest, what: "sync request" });
    return context.json(await services.sync(name, request, context.req.raw.signal));
  });
}

/** A certificate speaks for its own host's workers only. */
function ownWorkerName(context: ApiContext): string {
  const name = pathParam(context, "name");
  const { identity } = context.env;
  if (!hostOwnsWorker(identity.name, name)) {
    throw new DomainError(
      "role_refused",
      `Cannot speak for worker ${JSON.stringify(name)}: the certificate is of ${identity.name}`,
      { hint: `Name the worker ${identity.name}, or ${identity.name}:LABEL` },
    );
  }
  return name;
}
