/**
 * HTTP in, one service call, HTTP out. The services know nothing of HTTP.
 *
 * @module
 */
export { type ApiDeps, type ApiHandler, createApiHandler } from "./app.ts";
export type { ApiBindings } from "./context.ts";
export { type EnrolmentDeps, runEnrolmentPort } from "./enrolment_port.ts";
export { createFarmServices, type FarmServicesDeps } from "./farm_services.ts";
export * from "./services.ts";
