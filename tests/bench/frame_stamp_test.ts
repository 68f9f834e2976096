import { assertEquals } from "@std/assert";
import { drawStamp, readStamp, STAMP_BLOCKS, STAMP_COLUMNS, STAMP_ROWS } from "./frame_stamp.ts";

const SIZE = { width: STAMP_COLUMNS, height: STAMP_ROWS };

Deno.test("readStamp() returns what drawStamp() drew, up to the longest timeline", () => {
  const pixels = new Uint8Array(STAMP_BLOCKS);
  const frames = [0, 1, 2, 60, 61, 17_999, 18_000, 2 ** 24, 50_000_000];
  const read = frames.map((frame) => {
    drawStamp(frame, { pixels, size: SIZE });
    return readStamp(pixels);
  });
  assertEquals(read, frames);
});

Deno.test("readStamp() takes no empty, grey or damaged picture for a stamp", () => {
  const pixels = new Uint8Array(STAMP_BLOCKS);
  assertEquals(readStamp(pixels), undefined);
  assertEquals(readStamp(pixels.fill(255)), undefined);
  assertEquals(readStamp(pixels.fill(128)), undefined);
  drawStamp(1234, { pixels, size: SIZE });
  for (const block of pixels.keys()) {
    const damaged = pixels.map((level, index) => index === block ? 255 - level : level);
    assertEquals(readStamp(damaged), undefined, `block ${block}`);
  }
});

Deno.test("drawStamp() fills every pixel of a picture that its blocks do not divide", () => {
  const size = { width: 67, height: 41 };
  const pixels = new Uint8Array(size.width * size.height).fill(7);
  drawStamp(77, { pixels, size });
  assertEquals(pixels.filter((level) => level !== 0 && level !== 255).length, 0);
});
