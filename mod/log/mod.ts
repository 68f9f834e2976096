/**
 * The log: one line per entry, JSON or text, to an injected sink. Events and field names are fixed
 * lists, so that an entry can be searched for; secrets are taken out.
 *
 * @module
 */
export * from "./events.ts";
export * from "./format.ts";
export * from "./keys.ts";
export * from "./level.ts";
export * from "./logger.ts";
export * from "./redact.ts";
export * from "./stderr_sink.ts";
