/**
 * The HTTP contract of the farm: one schema for every request and reply, shared by both sides and
 * checked at run time, and what each error means for its caller.
 *
 * @module
 */
export * from "./attempts.ts";
export * from "./certificates.ts";
export * from "./check.ts";
export * from "./info.ts";
export * from "./jobs.ts";
export * from "./problem.ts";
export * from "./protocol.ts";
export * from "./routes.ts";
export * from "./scalars.ts";
export * from "./workers.ts";
