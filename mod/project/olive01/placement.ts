import type { Placement } from "../../core/mod.ts";
import type { Size, TransformValues } from "./effects/effect_translator.ts";

/** What decides where a clip's picture goes, beside its Transforms. */
export interface PlacementFrame {
  /** Size of the clip's own picture. */
  readonly media: Size;
  /** Size of the sequence. */
  readonly scene: Size;
  /** The clip asks to be fitted into the sequence. */
  readonly isAutoscaled: boolean;
}

/** A plane map: x' = a x + b y + x0, y' = c x + d y + y0. */
interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly x0: number;
  readonly y0: number;
}

/** Cosine between the sides of a turned rectangle, above which it is a slanted one. */
const SHEAR_TOLERANCE = 1e-6;

/**
 * Factor by which autoscale fits a picture into the sequence. It does nothing at all where one
 * dimension is equal; it enlarges as well as shrinks.
 */
export function autoscaleFactor(frame: PlacementFrame): number {
  const { media, scene } = frame;
  if (!frame.isAutoscaled || media.width === scene.width || media.height === scene.height) return 1;
  return Math.min(scene.width / media.width, scene.height / media.height);
}

/**
 * Where a picture goes: the Transforms compose, the first of the file being the outermost; opacities
 * multiply, anchors add; autoscale comes innermost. Without any, it is centred at its own size.
 *
 * @param transforms Values of all Transforms at one moment, in file order.
 * @returns `undefined` if several Transforms make it a slanted shape, which is no placement.
 */
export function placePicture(
  transforms: readonly TransformValues[],
  frame: PlacementFrame,
): Placement | undefined {
  const { media, scene } = frame;
  let map: Affine = { a: 1, b: 0, c: 0, d: 1, x0: scene.width / 2, y0: scene.height / 2 };
  let opacity = 1;
  let anchorX = 0;
  let anchorY = 0;
  for (const values of transforms) {
    map = compose(map, {
      ...turned(values),
      x0: values.x - scene.width / 2,
      y0: values.y - scene.height / 2,
    });
    opacity *= values.opacity;
    anchorX += values.anchorX;
    anchorY += values.anchorY;
  }
  const fit = autoscaleFactor(frame);
  map = compose(map, { a: fit, b: 0, c: 0, d: fit, x0: 0, y0: 0 });
  const scaleX = Math.hypot(map.a, map.c);
  const scaleY = Math.hypot(map.b, map.d);
  // A picture of no extent is not to be seen; the renderer wants a size all the same.
  if (scaleX === 0 || scaleY === 0) return [0, 0, 1, 1, 0, 0];
  if (Math.abs(map.a * map.b + map.c * map.d) > SHEAR_TOLERANCE * scaleX * scaleY) return undefined;
  // The editor halves sizes as whole numbers: an odd one loses a pixel.
  const width = 2 * Math.floor(media.width / 2) * scaleX;
  const height = 2 * Math.floor(media.height / 2) * scaleY;
  const centerX = map.x0 - map.a * anchorX - map.b * anchorY;
  const centerY = map.y0 - map.c * anchorX - map.d * anchorY;
  const rotation = Math.atan2(map.c, map.a) * 180 / Math.PI;
  return [
    rounded(centerX - width / 2),
    rounded(centerY - height / 2),
    Math.max(rounded(width), PLACEMENT_STEP),
    Math.max(rounded(height), PLACEMENT_STEP),
    rounded(rotation),
    opacity,
  ];
}

const PLACEMENT_STEP = 1e-5;

/** Far finer than a pixel; keeps rounding noise of the matrix out of the plan. */
function rounded(value: number): number {
  const result = Math.round(value / PLACEMENT_STEP) * PLACEMENT_STEP;
  return Number(result.toFixed(5)) + 0;
}

function turned(values: TransformValues): Omit<Affine, "x0" | "y0"> {
  const angle = values.rotation * Math.PI / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return {
    a: cos * values.scaleX,
    b: -sin * values.scaleY,
    c: sin * values.scaleX,
    d: cos * values.scaleY,
  };
}

function compose(outer: Affine, inner: Affine): Affine {
  return {
    a: outer.a * inner.a + outer.b * inner.c,
    b: outer.a * inner.b + outer.b * inner.d,
    c: outer.c * inner.a + outer.d * inner.c,
    d: outer.c * inner.b + outer.d * inner.d,
    x0: outer.a * inner.x0 + outer.b * inner.y0 + outer.x0,
    y0: outer.c * inner.x0 + outer.d * inner.y0 + outer.y0,
  };
}
