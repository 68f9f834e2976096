import { assertAlmostEquals, assertEquals } from "@std/assert";
import { lowerBoundSeconds } from "./lower_bound.ts";

Deno.test("lowerBoundSeconds() is frames by the sum of speeds", () => {
  assertAlmostEquals(
    lowerBoundSeconds(18_000, [{ fps: 60 }, { fps: 120 }, { fps: 240 }]),
    18_000 / 420,
  );
});

Deno.test("lowerBoundSeconds() counts a lost worker's speed up to its fault", () => {
  const workers = [{ fps: 100 }, { fps: 100, untilSeconds: 5 }];
  assertEquals(lowerBoundSeconds(1_500, workers), 10);
  assertEquals(lowerBoundSeconds(900, workers), 4.5);
  assertEquals(lowerBoundSeconds(1_000, workers), 5);
});

Deno.test("lowerBoundSeconds() is infinite when nobody is left", () => {
  assertEquals(lowerBoundSeconds(1_000, [{ fps: 10, untilSeconds: 5 }]), Infinity);
  assertEquals(lowerBoundSeconds(1_000, []), Infinity);
});

Deno.test("lowerBoundSeconds() counts a late worker's speed from its coming on", () => {
  assertEquals(lowerBoundSeconds(1_500, [{ fps: 100 }, { fps: 100, fromSeconds: 5 }]), 10);
  assertEquals(lowerBoundSeconds(100, [{ fps: 100, fromSeconds: 5 }]), 6);
});
