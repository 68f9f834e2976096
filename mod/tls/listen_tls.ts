import { type ListenOptions, startServer, type TlsListener } from "./https_server.ts";
import type { Exchange } from "./refuse_request.ts";

/** What a handler of the enrolment port gets beside each request. */
export interface TlsEnv extends Exchange {
  /** The peer's IP address. Nobody is known here by name. */
  readonly remoteAddress: string;
}

/** Answers requests; the `fetch` of a Hono app is one. */
export type TlsHandler = (request: Request, env: TlsEnv) => Response | Promise<Response>;

/**
 * Listens for machines that are no members yet: TLS 1.3 with the master's certificate, no client
 * certificate. For enrolment only, and only while a token is outstanding.
 *
 * @param options Where, as whom, and who answers.
 * @returns The listener, once the port is open. The caller closes it.
 * @throws {DomainError} `address_in_use` or `config_invalid` if the port cannot be opened.
 */
export async function listenTls(
  options: ListenOptions & { readonly handler: TlsHandler },
): Promise<TlsListener> {
  return await startServer(options, {
    asksForCertificate: false,
    admit: () => undefined,
    answer: (request, exchange) => {
      const address = exchange.incoming.socket.remoteAddress ?? "";
      return options.handler(request, {
        ...exchange,
        remoteAddress: address.replace(/^::ffff:/, ""),
      });
    },
  });
}
