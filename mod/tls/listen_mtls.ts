import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { DomainError, type Identity } from "../core/mod.ts";
import { type ListenOptions, startServer, type TlsListener } from "./https_server.ts";
import { type PeerCertificate, type PeerGuard, readPeerCertificate } from "./peer.ts";
import type { Exchange } from "./refuse_request.ts";
import { assertRuntimeChecksClients } from "./runtime_version.ts";

/** What a handler gets beside each request (Hono: `context.env`). */
export interface MtlsEnv extends Exchange {
  /** Who asks: from its certificate, checked for this very request. */
  readonly identity: Identity;
  /** The peer's IP address. */
  readonly remoteAddress: string;
}

/** Answers requests; the `fetch` of a Hono app is one. */
export type MtlsHandler = (request: Request, env: MtlsEnv) => Response | Promise<Response>;

/** What {@linkcode listenMtls} needs. */
export interface ListenMtlsOptions extends ListenOptions {
  /** Answers what the guard let in. */
  readonly handler: MtlsHandler;
  /** Asked on every request. */
  readonly guard: PeerGuard;
  /** Told of every refusal by the guard, for the log. */
  readonly onRefused?: (refusal: MtlsRefusal) => void;
}

/** A request that the guard refused. */
export interface MtlsRefusal {
  /** Why. */
  readonly error: DomainError;
  /** The peer's IP address. */
  readonly remoteAddress: string;
  /** Fingerprint of its certificate, if it showed one. */
  readonly fingerprint: string | undefined;
}

/** A server that only members of the farm can reach. */
export interface MtlsListener extends TlsListener {
  /**
   * Destroys the connections whose certificate the predicate picks.
   *
   * @returns How many.
   */
  destroySockets(picks: (fingerprint: string) => boolean): number;
}

/**
 * Listens for members of the farm.
 *
 * TLS 1.3 refuses whoever has no certificate of the authority. Beyond that every request, also on a
 * resumed session, is checked by the guard; a refusal is a 403 problem and ends the connection. The
 * connections of a revoked certificate are destroyed at once.
 *
 * @param options Where, as whom, for whom.
 * @returns The listener, once the port is open. The caller closes it.
 * @throws {DomainError} `address_in_use` or `config_invalid` if the port cannot be opened.
 * @throws {Error} On a runtime that does not check client certificates.
 */
export async function listenMtls(options: ListenMtlsOptions): Promise<MtlsListener> {
  assertRuntimeChecksClients();
  const { guard, handler } = options;
  const peers = new PeerTable();
  const identities = new WeakMap<IncomingMessage, Identity>();
  const stopWatching = guard.onRevoked((fingerprint) => {
    peers.destroy((candidate) => candidate === fingerprint);
  });
  function admit({ incoming }: Exchange): DomainError | undefined {
    let peer: PeerCertificate | undefined;
    try {
      peer = peers.get(incoming.socket);
      identities.set(incoming, guard.check(peer));
      return undefined;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      options.onRefused?.({
        error,
        remoteAddress: remoteAddressOf(incoming),
        fingerprint: peer?.fingerprint,
      });
      return error;
    }
  }
  function answer(request: Request, exchange: Exchange): Response | Promise<Response> {
    const identity = identities.get(exchange.incoming);
    if (identity === undefined) throw new Error("Invariant violated: request without identity");
    const remoteAddress = remoteAddressOf(exchange.incoming);
    return handler(request, { ...exchange, identity, remoteAddress });
  }
  let listener: TlsListener;
  try {
    listener = await startServer(options, { asksForCertificate: true, admit, answer });
  } catch (error) {
    stopWatching();
    throw error;
  }
  return {
    ...listener,
    destroySockets: (picks) => peers.destroy(picks),
    close: async (graceMs) => {
      await listener.close(graceMs);
      stopWatching();
    },
  };
}

/** The peer's IP address; IPv4 in its plain form also on a socket that takes both. */
function remoteAddressOf(incoming: IncomingMessage): string {
  return (incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

/** The certificate of each connection: read once, found by fingerprint when it is revoked. */
class PeerTable {
  readonly #peers = new WeakMap<Socket, PeerCertificate>();
  readonly #sockets = new Map<string, Set<Socket>>();

  get(socket: Socket): PeerCertificate {
    const known = this.#peers.get(socket);
    if (known !== undefined) return known;
    const peer = readPeerCertificate(socket);
    this.#peers.set(socket, peer);
    const siblings = this.#sockets.get(peer.fingerprint) ?? new Set();
    siblings.add(socket);
    this.#sockets.set(peer.fingerprint, siblings);
    socket.once("close", () => {
      siblings.delete(socket);
      if (siblings.size === 0) this.#sockets.delete(peer.fingerprint);
    });
    return peer;
  }

  destroy(picks: (fingerprint: string) => boolean): number {
    let count = 0;
    for (const [fingerprint, sockets] of [...this.#sockets]) {
      if (!picks(fingerprint)) continue;
      for (const socket of [...sockets]) {
        socket.destroy();
        count++;
      }
    }
    return count;
  }
}
