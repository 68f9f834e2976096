import type { Drawing } from "../../core/mod.ts";
import type { Picture } from "./png.ts";

/** Where a drawing ends. */
interface Ground {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/**
 * Paints a drawing on a transparent ground. What lies outside of the ground is cut off.
 *
 * @throws {RangeError} If a colour is not `#rrggbbaa`.
 */
export function paintDrawing(drawing: Drawing, ground: Ground): Picture {
  const pixels = new Uint32Array(ground.width * ground.height);
  if (drawing.kind === "checkerboard") {
    paintCheckerboard(pixels, { ...drawing, ...ground });
  } else {
    for (const rectangle of drawing.rectangles) {
      const color = packColor(rectangle.color);
      const right = Math.min(ground.width, rectangle.x + rectangle.width);
      const bottom = Math.min(ground.height, rectangle.y + rectangle.height);
      for (let y = Math.max(0, rectangle.y); y < bottom; y++) {
        pixels.fill(color, y * ground.width + Math.max(0, rectangle.x), y * ground.width + right);
      }
    }
  }
  return { ...ground, rgba: new Uint8Array(pixels.buffer) };
}

function paintCheckerboard(
  pixels: Uint32Array,
  pattern: { readonly side: number; readonly color: string } & Ground,
): void {
  const dark = packColor("#000000ff");
  const light = packColor(pattern.color);
  for (let y = 0; y < pattern.height; y++) {
    const isOddRow = Math.floor(y / pattern.side) % 2 === 1;
    for (let x = 0; x < pattern.width; x++) {
      const isOdd = (Math.floor(x / pattern.side) % 2 === 1) !== isOddRow;
      pixels[y * pattern.width + x] = isOdd ? light : dark;
    }
  }
}

/** One pixel's four bytes as the number that a typed array stores as them. */
function packColor(color: string): number {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (match === null) throw new RangeError(`Cannot paint ${color}: must be #rrggbbaa`);
  const bytes = Uint8Array.from([1, 2, 3, 4], (index) => parseInt(match[index] ?? "0", 16));
  return new Uint32Array(bytes.buffer)[0] ?? 0;
}
