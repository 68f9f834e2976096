import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Placement } from "../../core/mod.ts";
import type { TransformValues } from "./effects/effect_translator.ts";
import { placePicture } from "./placement.ts";

const SCENE = { width: 320, height: 180 };

function transform(values: Partial<TransformValues> = {}): TransformValues {
  return {
    ...{ x: 160, y: 90, scaleX: 1, scaleY: 1, rotation: 0, anchorX: 0, anchorY: 0, opacity: 1 },
    ...values,
  };
}

function place(
  transforms: readonly TransformValues[],
  options: { media?: { width: number; height: number }; isAutoscaled?: boolean } = {},
): Placement | undefined {
  const { media = { width: 100, height: 60 }, isAutoscaled = false } = options;
  return placePicture(transforms, { media, scene: SCENE, isAutoscaled });
}

Deno.test("placePicture() centres a picture at its own size", () => {
  assertEquals(place([]), [110, 60, 100, 60, 0, 1]);
  assertEquals(place([transform()]), [110, 60, 100, 60, 0, 1]);
});

Deno.test("placePicture() drops the odd pixel of a picture", () => {
  assertEquals(place([], { media: { width: 101, height: 61 } }), [110, 60, 100, 60, 0, 1]);
});

Deno.test("placePicture() autoscales only where both dimensions differ", () => {
  const fit = { isAutoscaled: true };
  assertEquals(place([], fit), [10, 0, 300, 180, 0, 1]);
  assertEquals(place([], { ...fit, media: { width: 640, height: 480 } }), [40, 0, 240, 180, 0, 1]);
  const equalWidth = { width: 320, height: 60 };
  assertEquals(place([], { ...fit, media: equalWidth }), [0, 60, 320, 60, 0, 1]);
  assertEquals(place([]), [110, 60, 100, 60, 0, 1]);
});

Deno.test("placePicture() keeps the anchor at the position, scaled and turned with the picture", () => {
  const values = transform({ x: 50, y: 40, scaleX: 2, scaleY: 2, anchorX: 10, anchorY: 0 });
  // The centre lies 20 to the left of the anchor.
  assertEquals(place([values]), [30 - 100, 40 - 60, 200, 120, 0, 1]);
  // Turned by a quarter clockwise, the centre lies 20 above it.
  assertEquals(place([{ ...values, rotation: 90 }]), [50 - 100, 20 - 60, 200, 120, 90, 1]);
});

Deno.test("placePicture() composes several Transforms, the first outermost", () => {
  const outer = transform({ x: 200, rotation: 90, opacity: 0.5 });
  const inner = transform({ x: 170, opacity: 0.5 });
  // The inner one's 10 to the right is turned to 10 downwards.
  assertEquals(place([outer, inner]), [200 - 50, 100 - 30, 100, 60, 90, 0.25]);
});

Deno.test("placePicture() refuses what several Transforms slant", () => {
  const wide = transform({ scaleX: 2 });
  const turned = transform({ rotation: 30 });
  assertEquals(place([wide, turned]), undefined);
  assertAlmostEquals(place([turned, wide])?.[4] ?? 0, 30, 1e-4);
});

Deno.test("placePicture() hides a picture of no extent", () => {
  assertEquals(place([transform({ scaleX: 0 })])?.[5], 0);
});
