import { DomainError, REQUEST_BODY_BYTES_MAX } from "../../core/mod.ts";
import { checkWire, type Schema } from "../../wire/mod.ts";
import type { ApiContext } from "./context.ts";

/**
 * Reads a JSON body and checks it.
 *
 * @param context The request.
 * @param expected What it must be, and what it is called in messages.
 * @throws {DomainError} `too_large` beyond REQUEST_BODY_BYTES_MAX, `request_invalid` for anything
 * that is not the schema's JSON.
 */
export async function readJson<T>(
  context: ApiContext,
  expected: { readonly schema: Schema<T>; readonly what: string },
): Promise<T> {
  const { schema, what } = expected;
  assertBodySize(context, REQUEST_BODY_BYTES_MAX);
  let value: unknown;
  try {
    value = await context.req.json();
  } catch (error) {
    throw new DomainError("request_invalid", `Cannot read ${what}: no valid JSON`, {
      cause: error,
    });
  }
  return checkWire(schema, { value, what });
}

/**
 * Refuses a body by its announced length, before a byte of it is read: the server has no way to
 * slow a sender down.
 *
 * @throws {DomainError} `request_invalid` without a Content-Length, `too_large` beyond the limit.
 */
export function assertBodySize(context: ApiContext, bytesMax: number): void {
  const length = Number(context.req.header("content-length") ?? Number.NaN);
  if (!Number.isInteger(length) || length < 0) {
    throw new DomainError("request_invalid", "Cannot read request: no Content-Length");
  }
  if (length > bytesMax) {
    throw new DomainError(
      "too_large",
      `Cannot read request: ${length} bytes, at most ${bytesMax} are allowed`,
    );
  }
}

/**
 * A path parameter.
 *
 * @throws {DomainError} `request_invalid` if the route has no such parameter.
 */
export function pathParam(context: ApiContext, name: string): string {
  const value = context.req.param(name);
  if (value === undefined) {
    throw new DomainError("request_invalid", `Cannot read request: no ${name} in its path`);
  }
  return value;
}
