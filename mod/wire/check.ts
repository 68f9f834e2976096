import { z } from "zod";
import { DomainError } from "../core/mod.ts";

/** A schema of this folder: what it accepts is what `T` says. */
export type Schema<T> = z.ZodType<T>;

/**
 * Checks a value that came over the wire.
 *
 * Unknown fields are dropped, so that a newer peer may send more.
 *
 * @param schema One of this folder's schemas.
 * @param given Parsed JSON, and what it is, for the message: `submit request`.
 * @returns The value, with defaults filled in.
 * @throws {DomainError} `request_invalid` naming each field that does not fit.
 */
export function checkWire<T>(
  schema: Schema<T>,
  given: { readonly value: unknown; readonly what: string },
): T {
  const { value, what } = given;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 8).map((issue) => {
    const field = issue.path.map(String).join(".");
    return field === "" ? issue.message : `${field}: ${issue.message}`;
  });
  throw new DomainError("request_invalid", `Cannot read ${what}: ${problems.join("; ")}`, {
    hint: "Check that both sides run the same version: olive version",
    details: { problems },
  });
}

/** JSON Schema (2020-12) of a wire schema, for the API's description. */
export function toJsonSchema(schema: Schema<unknown>): Record<string, unknown> {
  return z.toJSONSchema(schema, { unrepresentable: "any", io: "input" }) as Record<string, unknown>;
}
