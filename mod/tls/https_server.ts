import { getRequestListener } from "@hono/node-server";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { coerceError, DomainError, REQUEST_BODY_BYTES_MAX } from "../core/mod.ts";
import { checkBodyLength } from "./body_limit.ts";
import { type Exchange, refuseRequest } from "./refuse_request.ts";
import {
  CONNECTIONS_MAX,
  HANDSHAKE_MS_MAX,
  HEAD_BYTES_MAX,
  HEAD_MS_MAX,
  HEADER_FIELDS_MAX,
  KEEP_ALIVE_MS,
  REQUEST_MS_MAX,
} from "./server_limits.ts";

/** The three PEM texts of an identity. */
export interface IdentityPem {
  /** Private key. A secret. */
  readonly key: string;
  /** Certificate. */
  readonly cert: string;
  /** Certificate of the farm's authority; the only one that is trusted. */
  readonly ca: string;
}

/** Largest body of a request, bytes: one number, or one by method and path. */
export type BodyBytesMax = number | ((method: string, path: string) => number);

/** Where and how to listen. */
export interface ListenOptions {
  /** Address to bind, `0.0.0.0` for all of IPv4, `::` for all. */
  readonly hostname: string;
  /** 0 to 65535; 0 takes a free one. */
  readonly port: number;
  /** Who this server is. */
  readonly identity: IdentityPem;
  /** Larger bodies are answered 413 before they are read. Default REQUEST_BODY_BYTES_MAX. */
  readonly bodyBytesMax?: BodyBytesMax;
  /** Longest time for the head of a request, milliseconds. Default HEAD_MS_MAX. */
  readonly headMsMax?: number;
}

/** A server that listens. */
export interface TlsListener {
  /** Port that it listens on. */
  readonly port: number;
  /** `https://HOST:PORT`, with the address it was bound to. */
  readonly url: string;
  /** Open connections. */
  connectionCount(): number;
  /** Serves new connections with another certificate; open ones go on with theirs. */
  reload(identity: IdentityPem): void;
  /**
   * Takes no more connections, closes idle ones, waits for requests in flight, and cuts those that
   * are left after the grace.
   *
   * @param graceMs 0 or more.
   */
  close(graceMs: number): Promise<void>;
}

/** What makes a listener of options: shared by both kinds. */
export interface ServerParts {
  /** Whether TLS asks clients for a certificate and refuses those without one of the authority. */
  readonly asksForCertificate: boolean;
  /** Says why a request is refused; `undefined` lets it in. Runs before its body is looked at. */
  readonly admit: (exchange: Exchange) => DomainError | undefined;
  /** Answers what was let in. */
  readonly answer: (request: Request, exchange: Exchange) => Response | Promise<Response>;
  /** Called once per connection, after its handshake. */
  readonly onConnection?: (socket: Socket) => void;
}

function serverOptions(options: ListenOptions, parts: ServerParts): https.ServerOptions {
  return {
    ...secureContext(options.identity),
    minVersion: "TLSv1.3",
    requestCert: parts.asksForCertificate,
    rejectUnauthorized: parts.asksForCertificate,
    handshakeTimeout: HANDSHAKE_MS_MAX,
    headersTimeout: options.headMsMax ?? HEAD_MS_MAX,
    requestTimeout: REQUEST_MS_MAX,
    // How often Node looks for heads that are late.
    connectionsCheckingInterval: Math.min(1_000, options.headMsMax ?? HEAD_MS_MAX),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: HEAD_BYTES_MAX,
  };
}

function secureContext(identity: IdentityPem): { key: string; cert: string; ca: string[] } {
  return { key: identity.key, cert: identity.cert, ca: [identity.ca] };
}

/**
 * Starts an HTTPS server with the farm's limits and time-outs.
 *
 * @param options Where and how.
 * @param parts Who is let in and who answers.
 * @returns The listener, once the port is open.
 * @throws {DomainError} `address_in_use` or `config_invalid` if the port cannot be opened.
 */
export async function startServer(
  options: ListenOptions,
  parts: ServerParts,
): Promise<TlsListener> {
  const sockets = new Set<Socket>();
  let isClosing = false;
  const exchanges = new WeakMap<Exchange["incoming"], Exchange>();
  const listener = getRequestListener((request, bindings) => {
    const exchange = exchanges.get(bindings.incoming as Exchange["incoming"]);
    if (exchange === undefined) throw new Error("Invariant violated: request was not admitted");
    return parts.answer(request, exchange);
  }, { overrideGlobalObjects: false });
  const server = https.createServer(serverOptions(options, parts), (incoming, outgoing) => {
    const exchange = { incoming, outgoing };
    if (isClosing) outgoing.setHeader("connection", "close");
    outgoing.once("close", () => {
      if (isClosing) server.closeIdleConnections();
    });
    const error = parts.admit(exchange) ?? checkBodyLength(incoming, bodyLimit(options, incoming));
    if (error !== undefined) return refuseRequest(exchange, error);
    exchanges.set(incoming, exchange);
    void listener(incoming, outgoing);
  });
  server.maxHeadersCount = HEADER_FIELDS_MAX;
  server.maxConnections = CONNECTIONS_MAX;
  server.on("secureConnection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // A peer that resets its connection is no fault of the server's.
    socket.on("error", () => socket.destroy());
    parts.onConnection?.(socket);
  });
  // Whoever fails the handshake is refused by TLS; there is nobody to answer.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("clientError", (_error, socket) => socket.destroy());
  await openPort(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://${urlHost(options.hostname)}:${port}`,
    connectionCount: () => sockets.size,
    reload: (identity) => server.setSecureContext(secureContext(identity)),
    close: (graceMs) => {
      isClosing = true;
      return closeServer(server, sockets, graceMs);
    },
  };
}

function bodyLimit(options: ListenOptions, incoming: Exchange["incoming"]): number {
  const { bodyBytesMax = REQUEST_BODY_BYTES_MAX } = options;
  if (typeof bodyBytesMax === "number") return bodyBytesMax;
  const path = (incoming.url ?? "/").split("?")[0] ?? "/";
  return bodyBytesMax(incoming.method ?? "GET", path);
}

/** The host part of a URL for an address; all addresses become the local one. */
function urlHost(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  if (hostname === "::") return "[::1]";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

function openPort(server: https.Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, options)));
    server.listen(options.port, options.hostname, () => resolve());
  });
}

function listenError(thrown: unknown, options: ListenOptions): DomainError {
  const address = `${options.hostname}:${options.port}`;
  const code = (thrown as { code?: unknown }).code;
  const cause = coerceError(thrown);
  if (code === "EADDRINUSE" || thrown instanceof Deno.errors.AddrInUse) {
    return new DomainError("address_in_use", `Cannot listen on ${address}: the port is taken`, {
      hint: "Stop the program that has it, or choose another port: --port PORT",
      details: { address },
      cause,
    });
  }
  return new DomainError("config_invalid", `Cannot listen on ${address}`, {
    hint: "Use an address of this machine and a port from 1024 to 65535",
    details: { address },
    cause,
  });
}

async function closeServer(
  server: https.Server,
  sockets: ReadonlySet<Socket>,
  graceMs: number,
): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(timer);
}
