import { Buffer } from "node:buffer";
import https from "node:https";
import type { TLSSocket } from "node:tls";
import { DomainError } from "../core/mod.ts";

/** Largest answer of an enrolment port, bytes. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** One small request on a connection of its own. */
export interface FarmRequest {
  /** `https://host:port/path`. */
  readonly url: URL;
  /** The only authority that is believed, PEM. Absent: the server is not verified at all. */
  readonly ca?: string;
  /** Asked once the connection stands and before a byte of the request is sent; throws to end it. */
  readonly onSecure?: (socket: TLSSocket) => void;
  /** Sent as JSON with POST; absent: GET. */
  readonly body?: unknown;
  /** Longest time for all of it, milliseconds. */
  readonly timeoutMs: number;
}

/** An answer, read to its end. */
export interface FarmAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Body, UTF-8. */
  readonly text: string;
}

/**
 * Sends a request through `node:https`, whose `ca` is exclusive: `fetch` would believe the public
 * authorities too.
 *
 * @returns The answer, whatever its status.
 * @throws {Error} Whatever the connection failed with, or `onSecure` threw.
 * @throws {DomainError} `too_large` for an answer that no master gives.
 */
export function requestFarm(request: FarmRequest): Promise<FarmAnswer> {
  const { url, ca, onSecure, body, timeoutMs } = request;
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = https.request({
      hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port,
      path: url.pathname,
      method: payload === undefined ? "GET" : "POST",
      headers: payload === undefined ? {} : {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(payload)),
      },
      agent: false,
      minVersion: "TLSv1.3",
      signal,
      ...(ca === undefined ? { rejectUnauthorized: false } : { ca: [ca] }),
    }, (incoming) => {
      readAnswer(incoming).then((text) => {
        resolve({ status: incoming.statusCode ?? 0, text });
      }, reject).finally(() => outgoing.destroy());
    });
    outgoing.once("error", (error) => reject(signal.aborted ? signal.reason : error));
    outgoing.once("socket", (socket) => {
      socket.once("secureConnect", () => {
        try {
          onSecure?.(socket as TLSSocket);
          outgoing.end(payload);
        } catch (error) {
          reject(error);
          outgoing.destroy();
        }
      });
    });
  });
}

async function readAnswer(incoming: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of incoming) {
    sizeBytes += chunk.length;
    if (sizeBytes > ANSWER_BYTES_MAX) {
      throw new DomainError("too_large", `Cannot read answer: more than ${ANSWER_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
