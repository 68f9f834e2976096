import type { IncomingMessage } from "node:http";
import { DomainError } from "../core/mod.ts";

/**
 * Checks the announced size of a request's body, before a byte of it is read.
 *
 * The server cannot slow a sender down (no backpressure on request bodies), so what is not announced
 * is not read either.
 *
 * @param incoming The request.
 * @param bytesMax Largest body, bytes.
 * @returns What is wrong with it: `too_large`, or `request_invalid` for a body without a
 * Content-Length; `undefined` if nothing is.
 */
export function checkBodyLength(
  incoming: IncomingMessage,
  bytesMax: number,
): DomainError | undefined {
  if (incoming.headers["transfer-encoding"] !== undefined) {
    return new DomainError(
      "request_invalid",
      "Cannot read request: its body has no Content-Length",
    );
  }
  const announced = incoming.headers["content-length"];
  if (announced === undefined) return undefined;
  const length = Number(announced);
  if (!/^\d{1,15}$/.test(announced)) {
    return new DomainError(
      "request_invalid",
      "Cannot read request: its Content-Length is no number",
    );
  }
  if (length <= bytesMax) return undefined;
  return new DomainError(
    "too_large",
    `Cannot read request: ${length} bytes, at most ${bytesMax} are allowed`,
    { details: { sizeBytes: length, sizeBytesMax: bytesMax } },
  );
}
