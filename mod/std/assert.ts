/** `@std/assert`, typed for what the tests use. For tests only: it is not argument checking. @module */
import * as stdAssert from "deno-std/assert/mod.js";

// deno-lint-ignore no-explicit-any -- the constructor of any error class
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

interface StdAssert {
  assert(condition: unknown, message?: string): asserts condition;
  assertEquals<T>(actual: T, expected: T, message?: string): void;
  assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
  assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T>;
  assertMatch(actual: string, expected: RegExp, message?: string): void;
  assertStringIncludes(actual: string, expected: string, message?: string): void;
  assertAlmostEquals(actual: number, expected: number, tolerance?: number, message?: string): void;
  assertThrows<E extends Error = Error>(
    fn: () => unknown,
    errorClass?: ErrorClass<E>,
    messageIncludes?: string,
    message?: string,
  ): E;
  assertRejects<E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    errorClass?: ErrorClass<E>,
    messageIncludes?: string,
    message?: string,
  ): Promise<E>;
}

const typed = stdAssert as unknown as StdAssert;

/** Fails unless the condition holds. */
export const assert: StdAssert["assert"] = typed.assert;
/** Fails unless both are deeply equal. */
export const assertEquals: StdAssert["assertEquals"] = typed.assertEquals;
/** Fails if both are deeply equal. */
export const assertNotEquals: StdAssert["assertNotEquals"] = typed.assertNotEquals;
/** Fails unless both are the same value. */
export const assertStrictEquals: StdAssert["assertStrictEquals"] = typed.assertStrictEquals;
/** Fails for `null` and `undefined`. */
export const assertExists: StdAssert["assertExists"] = typed.assertExists;
/** Fails unless the text matches. */
export const assertMatch: StdAssert["assertMatch"] = typed.assertMatch;
/** Fails unless the text contains the other. */
export const assertStringIncludes: StdAssert["assertStringIncludes"] = typed.assertStringIncludes;
/** Fails unless both numbers are within the tolerance (default 1e-7). */
export const assertAlmostEquals: StdAssert["assertAlmostEquals"] = typed.assertAlmostEquals;
/** Fails unless the function throws; returns the error. */
export const assertThrows: StdAssert["assertThrows"] = typed.assertThrows;
/** Fails unless the promise rejects; returns the error. */
export const assertRejects: StdAssert["assertRejects"] = typed.assertRejects;
