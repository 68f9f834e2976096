import { DomainError, UPLOAD_PIECE_BYTES_MAX } from "../../core/mod.ts";
import { attemptReport, renewRequest } from "../../wire/mod.ts";
import type { AddRoute } from "./context.ts";
import { assertBodySize, pathParam, readJson } from "./request_body.ts";
import { serveFile } from "./serve_file.ts";
import type { MasterServices } from "./services.ts";

/** Routes for a worker's attempts: what they read, what they deliver, how they ended. */
export function addAttemptRoutes(addRoute: AddRoute, services: MasterServices): void {
  addRoute("getPlan", async (context) => {
    // The very bytes that the plan's checksum is of.
    const text = await services.getPlan(pathParam(context, "id"), context.env.identity);
    return context.body(text, 200, { "content-type": "application/json" });
  });
  addRoute("getFile", async (context) => {
    const file = await services.getFile(
      pathParam(context, "id"),
      pathParam(context, "fileId"),
      context.env.identity,
    );
    return await serveFile(file, context.req.header("range"));
  });
  addRoute(
    "uploadStatus",
    async (context) =>
      context.json(await services.uploadStatus(pathParam(context, "id"), context.env.identity)),
  );
  addRoute("uploadPiece", async (context) => {
    assertBodySize(context, UPLOAD_PIECE_BYTES_MAX);
    const offset = Number(pathParam(context, "offset"));
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new DomainError("request_invalid", "Cannot take piece: its offset is no byte number");
    }
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    return context.json(
      await services.uploadPiece(
        pathParam(context, "id"),
        { offset, bytes },
        context.env.identity,
      ),
    );
  });
  addRoute("reportAttempt", async (context) => {
    const report = await readJson(context, { schema: attemptReport, what: "report of an attempt" });
    return context.json(
      await services.report(pathParam(context, "id"), report, context.env.identity),
    );
  });
  addRoute("renewCertificate", async (context) => {
    const request = await readJson(context, { schema: renewRequest, what: "renewal" });
    return context.json(await services.renewCertificate(request, context.env.identity));
  });
}
