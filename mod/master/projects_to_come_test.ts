import { assertEquals } from "@std/assert";
import { FakeClock } from "../testing/mod.ts";
import { PROJECTS_TO_COME_MS } from "./limits.ts";
import { ProjectsToCome } from "./projects_to_come.ts";

Deno.test("ProjectsToCome waits for what was announced last, and not for ever", async () => {
  const clock = new FakeClock();
  const toCome = new ProjectsToCome(clock);
  assertEquals(toCome.count, 0);
  toCome.expect(3);
  toCome.expect(2);
  await clock.advance(PROJECTS_TO_COME_MS - 1);
  assertEquals(toCome.count, 2);
  await clock.advance(1);
  assertEquals(toCome.count, 0);
});
