import type { Context } from "hono";
import type { Identity } from "../../core/mod.ts";
import type { RouteName } from "../../wire/mod.ts";

/** What the listener puts beside each request. */
export interface ApiBindings {
  /** From the peer's certificate, checked against the list of known ones. */
  readonly identity: Identity;
  /** The peer's address. */
  readonly remoteAddress: string;
}

/** Hono's view of {@linkcode ApiBindings}. */
export interface ApiEnv {
  /** See {@linkcode ApiBindings}. */
  Bindings: ApiBindings;
}

/** A request as the routes see it. */
export type ApiContext = Context<ApiEnv>;
/** Registers the handler of a route; the role check is already in front of it. */
export type AddRoute = (
  name: RouteName,
  handler: (context: ApiContext) => Response | Promise<Response>,
) => void;
