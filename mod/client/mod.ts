/**
 * The master as typed calls: requests of the wire's table, answers checked, errors as codes, retries
 * by the wire's own rule. Sends through an injected `fetch`; knows nothing of certificates.
 *
 * @module
 */
export * from "./call.ts";
export * from "./event_stream.ts";
export * from "./file_range.ts";
export * from "./job_events.ts";
export * from "./limits.ts";
export * from "./master_client.ts";
export * from "./retry.ts";
export * from "./watched_body.ts";
