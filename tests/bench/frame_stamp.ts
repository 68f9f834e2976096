/**
 * Pictures that carry the number of their frame, as black and white blocks that survive any codec
 * and any size.
 *
 * @module
 */

/** Blocks beside each other. */
export const STAMP_COLUMNS = 8;
/** Blocks above each other. */
export const STAMP_ROWS = 4;
/** Blocks of one stamp. */
export const STAMP_BLOCKS: number = STAMP_COLUMNS * STAMP_ROWS;

const CHECK_MODULUS = 61;
/** 26 bits of number, then 6 of check. */
const CHECK_FACTOR = 64;
const BLACK_MAX = 80;
const WHITE_MIN = 175;

/** Size of a grey picture, pixels; one byte each. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Draws the stamp of a frame.
 *
 * @param frame Number of the frame, 0 to 50,000,000.
 * @param into The grey picture, `width * height` bytes, all of which are written.
 */
export function drawStamp(
  frame: number,
  into: { readonly pixels: Uint8Array; readonly size: PictureSize },
): void {
  const { pixels, size: { width, height } } = into;
  const word = stampWord(frame);
  for (let row = 0; row < STAMP_ROWS; row++) {
    const top = Math.floor(row * height / STAMP_ROWS);
    const bottom = Math.floor((row + 1) * height / STAMP_ROWS);
    for (let column = 0; column < STAMP_COLUMNS; column++) {
      const bit = STAMP_BLOCKS - 1 - (row * STAMP_COLUMNS + column);
      const isWhite = Math.floor(word / 2 ** bit) % 2 === 1;
      const left = top * width + Math.floor(column * width / STAMP_COLUMNS);
      const right = top * width + Math.floor((column + 1) * width / STAMP_COLUMNS);
      pixels.fill(isWhite ? 255 : 0, left, right);
    }
    const line = top * width;
    for (let y = top + 1; y < bottom; y++) pixels.copyWithin(y * width, line, line + width);
  }
}

/**
 * Reads a stamp.
 *
 * @param blocks Mean brightness of each block, row by row: {@linkcode STAMP_BLOCKS} bytes.
 * @returns Number of the frame, or `undefined` if the picture carries none.
 */
export function readStamp(blocks: Uint8Array): number | undefined {
  let word = 0;
  for (const level of blocks) {
    if (level > BLACK_MAX && level < WHITE_MIN) return undefined;
    word = word * 2 + (level >= WHITE_MIN ? 1 : 0);
  }
  const frame = Math.floor(word / CHECK_FACTOR);
  return stampWord(frame) === word ? frame : undefined;
}

function stampWord(frame: number): number {
  // Never 0 and never all ones: an empty picture, black or white, is no stamp.
  return frame * CHECK_FACTOR + frame % CHECK_MODULUS + 1;
}
