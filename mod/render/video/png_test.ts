import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createSystemRunner } from "../../process/mod.ts";
import { paintDrawing } from "./paint_drawing.ts";
import { encodePng } from "./png.ts";

const RUNNER = createSystemRunner({ env: (name) => Deno.env.get(name) });

async function decode(png: Uint8Array): Promise<number[]> {
  const outcome = await RUNNER.run({
    program: "ffmpeg",
    args: ["-v", "error", "-f", "png_pipe", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgba", "-"],
    stdin: [png],
    timeoutMs: 20_000,
  });
  assertEquals([outcome.code, outcome.stderrTail], [0, ""]);
  return [...outcome.stdout];
}

Deno.test("encodePng() writes what other programs read, value by value", async () => {
  const rgba = Uint8Array.from({ length: 3 * 2 * 4 }, (_, index) => index * 10);
  assertEquals(await decode(await encodePng({ width: 3, height: 2, rgba })), [...rgba]);
});

Deno.test("encodePng() refuses a buffer of another size", async () => {
  const picture = { width: 3, height: 2, rgba: new Uint8Array(5) };
  await assertRejects(() => encodePng(picture), RangeError, "5 bytes, must be 24 for 3x2");
});

Deno.test("paintDrawing() begins a checkerboard with black at the upper left", () => {
  const picture = paintDrawing({ kind: "checkerboard", side: 2, color: "#0a0b0cff" }, {
    width: 5,
    height: 3,
  });
  const reds = [...picture.rgba].filter((_, index) => index % 4 === 0);
  assertEquals(reds, [0, 0, 10, 10, 0, 0, 0, 10, 10, 0, 10, 10, 0, 0, 10]);
});

Deno.test("paintDrawing() cuts rectangles at the edge and leaves the rest transparent", () => {
  const rectangles = [{ x: 1, y: -5, width: 9, height: 6, color: "#01020304" }];
  const picture = paintDrawing({ kind: "rectangles", rectangles }, { width: 2, height: 2 });
  assertEquals([...picture.rgba], [0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
  const named = { kind: "rectangles", rectangles: [{ ...rectangles[0], color: "red" }] };
  assertThrows(
    () => paintDrawing(named as Parameters<typeof paintDrawing>[0], { width: 2, height: 2 }),
    RangeError,
    "Cannot paint red",
  );
});
