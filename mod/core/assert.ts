/**
 * Checks an invariant of this program itself. A failure is a bug, never a user's mistake.
 *
 * @param condition What must hold.
 * @param message What was violated, in sentence case without a period.
 * @throws {Error} `Invariant violated: ...` if the condition is false.
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant violated: ${message}`);
}

/**
 * Closes an exhaustive `switch`: the type checker refuses a state that no case handles.
 *
 * @param value The value that no case took.
 * @throws {Error} Always.
 */
export function unreachable(value: never): never {
  throw new Error(`Invariant violated: no case for ${JSON.stringify(value)}`);
}
