import type { IncomingMessage, ServerResponse } from "node:http";
import type { DomainError } from "../core/mod.ts";
import { PROBLEM_CONTENT_TYPE, toProblem } from "../wire/mod.ts";
import { REFUSED_LINGER_MS } from "./server_limits.ts";

/** A request and its answer, as `node:https` hands them over. */
export interface Exchange {
  /** The request. */
  readonly incoming: IncomingMessage;
  /** Its answer. */
  readonly outgoing: ServerResponse;
}

/**
 * Answers with a problem before any handler has seen the request, and ends the connection.
 *
 * What the sender still sends is dropped for a moment, so that it gets to read the answer instead of
 * a reset; then the connection is destroyed.
 */
export function refuseRequest(exchange: Exchange, error: DomainError): void {
  const { incoming, outgoing } = exchange;
  const { socket } = incoming;
  const problem = toProblem(error);
  const body = JSON.stringify(problem);
  const timer = setTimeout(() => socket.destroy(), REFUSED_LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
  incoming.resume();
  outgoing.writeHead(problem.status, {
    "content-type": PROBLEM_CONTENT_TYPE,
    "content-length": String(new TextEncoder().encode(body).length),
    "connection": "close",
  });
  outgoing.end(body);
}
