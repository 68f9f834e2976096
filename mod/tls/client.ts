import { type Clock, createSystemClock } from "../core/mod.ts";
import { connectionError } from "./connection_error.ts";
import type { IdentityPem } from "./https_server.ts";

/** A `fetch` that shows this machine's certificate and believes only the farm's master. */
export interface MtlsFetch {
  /**
   * Sends a request.
   *
   * @returns The answer, whatever its status.
   * @throws {DomainError} `identity_refused` if either side refuses the other's certificate;
   * `master_unreachable` if there is no answer.
   * @throws {unknown} The reason of `init.signal`, if that ended it, unless it is a time-out.
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
  /** Shows another certificate on connections from now on; answers in flight are not cut off. */
  reload(identity: IdentityPem): void;
  /** Closes the connections. The object is of no use afterwards. */
  close(): void;
}

/**
 * Makes a client of the farm.
 *
 * The runtime trusts public authorities beside the farm's own; a process that talks to nobody but
 * its master calls {@linkcode trustFarmOnly} first.
 *
 * @param identity Key, certificate and authority, PEM.
 * @param deps Clock, to tell a certificate that ran out from a master that went away.
 * @returns The client. The caller closes it.
 */
export function createMtlsFetch(
  identity: IdentityPem,
  deps: { readonly clock: Clock } = { clock: createSystemClock() },
): MtlsFetch {
  return new HttpClientFetch(identity, deps.clock);
}

/**
 * Takes the public authorities out of what this process trusts, so that only the farm's own is left.
 *
 * Process-wide, and only before the first TLS connection: the runtime reads the setting once.
 *
 * @param setEnv Writes an environment variable of this process; `Deno.env.set`.
 * @see Source: https://docs.deno.com/runtime/reference/env_variables/ (`DENO_TLS_CA_STORE`); an empty
 * list was measured to leave no public authority (Deno 2.9.6).
 */
export function trustFarmOnly(setEnv: (name: string, value: string) => void): void {
  setEnv("DENO_TLS_CA_STORE", "");
}

class HttpClientFetch implements MtlsFetch {
  readonly #clock: Clock;
  #cert: string;
  #client: Deno.HttpClient;

  constructor(identity: IdentityPem, clock: Clock) {
    this.#clock = clock;
    this.#cert = identity.cert;
    this.#client = openClient(identity);
  }

  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    try {
      // A redirect would carry the request to whoever the answer names.
      return await fetch(url, { redirect: "error", ...init, client: this.#client });
    } catch (error) {
      const { signal } = init;
      const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
      if (signal?.aborted === true && !isTimeout) throw signal.reason;
      throw connectionError(error, { url, cert: this.#cert, nowMs: this.#clock.nowMs() });
    }
  }

  reload(identity: IdentityPem): void {
    const previous = this.#client;
    this.#client = openClient(identity);
    this.#cert = identity.cert;
    previous.close();
  }

  close(): void {
    this.#client.close();
  }
}

// Shorter than the server's KEEP_ALIVE_MS: a request never meets a connection that is being closed.
const CLIENT_IDLE_MS = 60_000;

function openClient(identity: IdentityPem): Deno.HttpClient {
  return Deno.createHttpClient({
    caCerts: [identity.ca],
    cert: identity.cert,
    key: identity.key,
    http2: false,
    poolIdleTimeout: CLIENT_IDLE_MS,
  });
}
