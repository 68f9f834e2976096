import type { Drawing } from "../../../core/mod.ts";
import type { Size } from "./effect_translator.ts";

const TOP_ROW = ["#c0c0c0ff", "#c0c000ff", "#00c0c0ff", "#00c000ff", "#c000c0ff", "#c00000ff"];
const TOP_LAST = "#0000c0ff";
const MIDDLE_ROW = ["#0000c0ff", "#131313ff", "#c000c0ff", "#131313ff", "#00c0c0ff", "#131313ff"];
const MIDDLE_LAST = "#c0c0c0ff";
/** In-phase, white, quadrature, black; each as wide as five quarters of a bar. */
const BOTTOM_ROW = ["#00214cff", "#ffffffff", "#32006aff", "#131313ff"];
/** Just below black, black, just above black; each a third of a bar. */
const PLUGE = ["#090909ff", "#131313ff", "#1d1d1dff"];

/**
 * Colour bars: seven at two thirds of the height, a strip of their opposites, a row with white and
 * the three near-blacks.
 *
 * @see Source: SMPTE EG 1, "Alignment Color Bar Test Signal".
 */
export function drawColorBars(size: Size): Drawing {
  const bar = Math.ceil(size.width / 7);
  const middleY = Math.ceil(size.height * 2 / 3);
  const bottomY = middleY + Math.ceil(size.height / 12.5);
  const rectangles: { x: number; y: number; width: number; height: number; color: string }[] = [];
  const paint = (
    x: number,
    at: { y: number; width: number; height: number; color: string },
  ): void => {
    const width = Math.min(at.width, size.width - x);
    const height = Math.min(at.height, size.height - at.y);
    if (width > 0 && height > 0) rectangles.push({ x, y: at.y, width, height, color: at.color });
  };
  [...TOP_ROW, TOP_LAST].forEach((color, index) => {
    paint(bar * index, { y: 0, width: bar, height: middleY, color });
  });
  [...MIDDLE_ROW, MIDDLE_LAST].forEach((color, index) => {
    paint(bar * index, { y: middleY, width: bar, height: bottomY - middleY, color });
  });
  const low = { y: bottomY, height: size.height - bottomY };
  const wide = Math.ceil(bar * 5 / 4);
  BOTTOM_ROW.forEach((color, index) => paint(wide * index, { ...low, width: wide, color }));
  const third = Math.ceil(bar / 3);
  PLUGE.forEach((color, index) => {
    paint(bar * 5 + third * index, { ...low, width: third, color });
  });
  paint(bar * 6, { ...low, width: bar, color: "#131313ff" });
  return { kind: "rectangles", rectangles };
}
