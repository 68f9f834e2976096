import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { Slots } from "./slots.ts";

const never = new AbortController().signal;

Deno.test("Slots.take() gives each slot once and the next one to the earliest claim", async () => {
  const slots = new Slots(2);
  assertEquals([await slots.take({ order: 0, signal: never }), slots.freeCount], [0, 1]);
  assertEquals([await slots.take({ order: 1, signal: never }), slots.freeCount], [1, 0]);
  const given: string[] = [];
  const claims = [7, 5, 6].map(async (order) => {
    given.push(`${order} on ${await slots.take({ order, signal: never })}`);
  });
  slots.release(1);
  slots.release(0);
  slots.release(1);
  await Promise.all(claims);
  assertEquals(given, ["5 on 1", "6 on 0", "7 on 1"]);
});

Deno.test("Slots.take() forgets a claim whose signal ends it", async () => {
  const slots = new Slots(1);
  await slots.take({ order: 0, signal: never });
  const stop = new AbortController();
  const claim = slots.take({ order: 1, signal: stop.signal });
  stop.abort();
  const error = await assertRejects(() => claim, DomainError);
  assertEquals(error.code, "cancelled");
  slots.release(0);
  assertEquals(slots.freeCount, 1);
  await assertRejects(() => slots.take({ order: 2, signal: stop.signal }), DomainError);
  assertEquals(slots.freeCount, 1);
});

Deno.test("Slots.release() refuses a slot that is free", () => {
  assertThrows(() => new Slots(1).release(0), Error, "Slot 0 is free already");
});
