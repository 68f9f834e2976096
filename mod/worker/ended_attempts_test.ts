import { assertEquals } from "@std/assert";
import { FakeClock } from "../testing/mod.ts";
import { EndedAttempts } from "./ended_attempts.ts";
import { REMEMBER_ENDED_MS } from "./limits.ts";

Deno.test("EndedAttempts.has() remembers an attempt for as long as an answer may be under way", async () => {
  const clock = new FakeClock();
  const ended = new EndedAttempts(clock);
  ended.add("a1");
  await clock.advance(REMEMBER_ENDED_MS / 2);
  ended.add("a2");
  ended.add("a1");
  assertEquals([ended.has("a1"), ended.has("a2"), ended.has("a3")], [true, true, false]);
  await clock.advance(REMEMBER_ENDED_MS);
  assertEquals([ended.has("a1"), ended.has("a2")], [false, false]);
});
