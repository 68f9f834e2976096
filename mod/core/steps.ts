import type { FrameRange } from "./frames.ts";

/** A value over frames: it holds from one step to the next, and before the first one too. */
export interface Steps<T> {
  /** Where a new value begins, ascending; one or more. */
  readonly frames: readonly number[];
  /** As many values as frames. */
  readonly values: readonly T[];
}

/** A value that never changes. */
export function steady<T>(value: T): Steps<T> {
  return { frames: [0], values: [value] };
}

/**
 * Tabulates a value over a range, with a step wherever it changes.
 *
 * @param range Frames to look at, at least one.
 * @param valueAt The value at a frame; compared by its JSON text.
 * @throws {RangeError} If the range is empty.
 */
export function bakeSteps<T>(range: FrameRange, valueAt: (frame: number) => T): Steps<T> {
  if (range.endFrame <= range.startFrame) throw new RangeError("Cannot bake an empty range");
  const frames: number[] = [];
  const values: T[] = [];
  let last: string | undefined;
  for (let frame = range.startFrame; frame < range.endFrame; frame++) {
    const value = valueAt(frame);
    const text = JSON.stringify(value);
    if (text === last) continue;
    frames.push(frame);
    values.push(value);
    last = text;
  }
  return { frames, values };
}

/**
 * The value at a frame.
 *
 * @throws {RangeError} If there is no step at all.
 */
export function stepAt<T>(steps: Steps<T>, frame: number): T {
  let low = 0;
  let high = steps.frames.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const start = steps.frames[middle];
    if (start !== undefined && start <= frame) low = middle;
    else high = middle;
  }
  const value = steps.values[low];
  if (value === undefined) throw new RangeError("Cannot read a value without steps");
  return value;
}
