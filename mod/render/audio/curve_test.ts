import { assertEquals, assertThrows } from "@std/assert";
import { readCurve } from "./curve.ts";

/** Values of a curve, whether it answered with one or with many. */
function valuesOf(
  curve: Parameters<typeof readCurve>[0],
  startSample: number,
  length: number,
): number[] {
  const out = new Float64Array(length);
  const constant = readCurve(curve, startSample, out);
  return constant === undefined ? [...out] : Array(length).fill(constant);
}

Deno.test("readCurve() is straight between points and constant outside", () => {
  const curve = [{ atSample: 10, value: 1 }, { atSample: 14, value: 3 }];
  assertEquals(valuesOf(curve, 8, 9), [1, 1, 1, 1.5, 2, 2.5, 3, 3, 3]);
  assertEquals(valuesOf(curve, 0, 3), [1, 1, 1]);
  assertEquals(valuesOf(curve, 14, 2), [3, 3]);
  assertEquals(valuesOf([{ atSample: 2.5, value: 7 }], 0, 4), [7, 7, 7, 7]);
});

Deno.test("readCurve() steps where two points are at one place", () => {
  const curve = [
    { atSample: 0, value: 1 },
    { atSample: 2, value: 1 },
    { atSample: 2, value: 5 },
    { atSample: 4, value: 5 },
  ];
  assertEquals(valuesOf(curve, 0, 5), [1, 1, 5, 5, 5]);
  assertEquals(valuesOf(curve, 2, 3), [5, 5, 5]);
});

Deno.test("readCurve() gives the same values however a stretch is cut", () => {
  const curve = Array.from({ length: 20 }, (_, i) => ({ atSample: i * 3.7, value: (i * 7) % 5 }));
  const whole = valuesOf(curve, -5, 90);
  for (const cut of [1, 2, 7, 33]) {
    const pieces: number[] = [];
    for (let at = 0; at < 90; at += cut) {
      pieces.push(...valuesOf(curve, at - 5, Math.min(cut, 90 - at)));
    }
    assertEquals(pieces, whole, `pieces of ${cut}`);
  }
});

Deno.test("readCurve() refuses a curve without points", () => {
  assertThrows(() => readCurve([], 0, new Float64Array(1)), RangeError);
});
