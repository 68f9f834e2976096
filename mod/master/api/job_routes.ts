import { streamSSE } from "hono/streaming";
import { LIST_LIMIT_MAX } from "../../core/mod.ts";
import { jobPatch, submitRequest } from "../../wire/mod.ts";
import type { AddRoute } from "./context.ts";
import { pathParam, readJson } from "./request_body.ts";
import type { MasterServices } from "./services.ts";

const LIST_LIMIT_DEFAULT = 50;

/** Routes for people: submit, look, change, cancel. */
export function addJobRoutes(addRoute: AddRoute, services: MasterServices): void {
  addRoute("status", async (context) => context.json(await services.status()));
  addRoute("submit", async (context) => {
    const request = await readJson(context, { schema: submitRequest, what: "submit request" });
    const reply = await services.submit(request, context.env.identity);
    return context.json(reply, reply.isNew ? 201 : 200);
  });
  addRoute("listJobs", async (context) => {
    const asked = Number(context.req.query("limit") ?? LIST_LIMIT_DEFAULT);
    const limit = Number.isInteger(asked) && asked > 0 ? asked : LIST_LIMIT_DEFAULT;
    return context.json(await services.listJobs(Math.min(limit, LIST_LIMIT_MAX)));
  });
  addRoute(
    "getJob",
    async (context) => context.json(await services.getJob(pathParam(context, "id"))),
  );
  addRoute(
    "jobLogs",
    async (context) => context.json(await services.getJobLogs(pathParam(context, "id"))),
  );
  addRoute("patchJob", async (context) => {
    const patch = await readJson(context, { schema: jobPatch, what: "change of a job" });
    return context.json(
      await services.patchJob(pathParam(context, "id"), patch, context.env.identity),
    );
  });
  addRoute(
    "cancelJob",
    async (context) =>
      context.json(await services.cancelJob(pathParam(context, "id"), context.env.identity)),
  );
  addRoute("jobEvents", async (context) => {
    const jobId = pathParam(context, "id");
    // An unknown job is an answer with a status, not a stream that ends at once.
    await services.getJob(jobId);
    const after = Number(context.req.header("last-event-id") ?? context.req.query("after") ?? 0);
    return streamSSE(context, async (stream) => {
      const ended = new AbortController();
      stream.onAbort(() => ended.abort());
      const afterId = Number.isInteger(after) && after > 0 ? after : 0;
      for await (const event of services.jobEvents(jobId, afterId, ended.signal)) {
        await stream.writeSSE({
          id: String(event.id),
          event: event.entity,
          data: JSON.stringify(event),
        });
      }
    });
  });
}
