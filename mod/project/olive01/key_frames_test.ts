import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { interpolateKeys, type NumberKey } from "./key_frames.ts";

function key(frame: number, value: number, more: Partial<NumberKey> = {}): NumberKey {
  return { frame, value, kind: "linear", preX: -40, preY: 0, postX: 40, postY: 0, ...more };
}

Deno.test("interpolateKeys() holds the first and last value outside of the keys", () => {
  const keys = [key(10, 1), key(20, 3)];
  assertEquals([0, 10, 20, 99].map((frame) => interpolateKeys(keys, frame)), [1, 1, 3, 3]);
});

Deno.test("interpolateKeys() goes straight between linear keys, between frames too", () => {
  assertEquals(interpolateKeys([key(10, 1), key(20, 3)], 12.5), 1.5);
  assertEquals(interpolateKeys([key(10, 1), key(20, 3, { kind: "hold" })], 15), 2);
});

Deno.test("interpolateKeys() keeps the value of a hold key until the next one", () => {
  const keys = [key(0, 5, { kind: "hold" }), key(10, 9, { kind: "bezier" }), key(20, 0)];
  assertEquals([0, 9.99, 10].map((frame) => interpolateKeys(keys, frame)), [5, 5, 9]);
});

Deno.test("interpolateKeys() takes the last of several keys on one frame", () => {
  assertEquals(interpolateKeys([key(0, 1), key(5, 2), key(5, 7), key(10, 7)], 5), 7);
});

Deno.test("interpolateKeys() eases symmetrically between two bezier keys", () => {
  const keys = [key(0, 0, { kind: "bezier" }), key(50, 100, { kind: "bezier" })];
  assertAlmostEquals(interpolateKeys(keys, 25), 50, 1e-9);
  const [early, late] = [interpolateKeys(keys, 10), interpolateKeys(keys, 40)];
  assertAlmostEquals(early + late, 100, 1e-9);
  // Default handles of 40 become 25 of 50: at t = 1/4 x = 14.84375 and y = 15.625.
  assertAlmostEquals(interpolateKeys(keys, 14.84375), 15.625, 1e-9);
});

Deno.test("interpolateKeys() never lets a handle pass the next key", () => {
  const wild = key(0, 0, { kind: "bezier", postX: 4000, postY: 10 });
  const value = interpolateKeys([wild, key(10, 0)], 10 * 3 / 4);
  // The handle ends at the next key: x = 20t(1-t) + 10t^2; at t = 1/2 x = 7.5, y = 2 * 10 / 4.
  assertAlmostEquals(value, 5, 1e-9);
});

Deno.test("interpolateKeys() bends towards the arriving handle after a linear key", () => {
  const arriving = key(10, 100, { kind: "bezier", preX: -5, preY: 0 });
  // One control point at (5, 100): at t = 1/2 x = 5, y = 75.
  assertAlmostEquals(interpolateKeys([key(0, 0), arriving], 5), 75, 1e-9);
  const leaving = key(0, 0, { kind: "bezier", postX: 5, postY: 0 });
  // The same before a linear key: the control point (5, 0).
  assertAlmostEquals(interpolateKeys([leaving, key(10, 100)], 5), 25, 1e-9);
  // Before a hold key the arriving handle counts.
  const hold = key(10, 100, { kind: "hold", preX: -5 });
  assertAlmostEquals(interpolateKeys([leaving, hold], 5), 75, 1e-9);
});

Deno.test("interpolateKeys() refuses an empty list", () => {
  assertThrows(() => interpolateKeys([], 0), RangeError);
});
