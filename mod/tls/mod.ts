/**
 * Connections of the farm: the listener that checks certificates on every request, the one for
 * enrolment, and the client. The only folder that may touch `node:https` and `@hono/node-server`.
 *
 * @module
 */
export * from "./client.ts";
export * from "./connection_error.ts";
export type { BodyBytesMax, IdentityPem, ListenOptions, TlsListener } from "./https_server.ts";
export * from "./enrol_with_master.ts";
export * from "./listen_mtls.ts";
export * from "./listen_tls.ts";
export * from "./peer.ts";
export type { Exchange } from "./refuse_request.ts";
export * from "./runtime_version.ts";
export * from "./server_limits.ts";
