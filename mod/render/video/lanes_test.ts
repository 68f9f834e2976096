import { assertEquals } from "@std/assert";
import { assignLanes } from "./lanes.ts";

const range = (startFrame: number, endFrame: number): { startFrame: number; endFrame: number } => ({
  startFrame,
  endFrame,
});

Deno.test("assignLanes() puts neighbours on one track and overlapping layers above each other", () => {
  assertEquals(assignLanes([range(0, 10), range(10, 20), range(5, 15), range(15, 30)]), [
    0,
    0,
    1,
    1,
  ]);
  assertEquals(assignLanes([range(0, 10), range(0, 10), range(0, 10)]), [0, 1, 2]);
  assertEquals(assignLanes([]), []);
});

Deno.test("assignLanes() keeps the drawing order of a layer above two others", () => {
  assertEquals(assignLanes([range(0, 10), range(5, 20), range(0, 3), range(2, 6)]), [0, 1, 1, 2]);
});
