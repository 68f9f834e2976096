import { assert, assertEquals, assertRejects } from "@std/assert";
import { DomainError, type RandomBytes } from "../core/mod.ts";
import { FakeClock, until } from "../testing/mod.ts";
import { backoffMs, withRetry } from "./mod.ts";

const LEAST: RandomBytes = (length) => new Uint8Array(length);
const MOST: RandomBytes = (length) => new Uint8Array(length).fill(255);

function unreachableMaster(): DomainError {
  return new DomainError("master_unreachable", "Cannot reach the master");
}

Deno.test("backoffMs() doubles up to its longest pause and stays between half and whole", () => {
  const bounds = [1, 2, 3, 10, 1_000_000].map((failures) => {
    const policy = { firstMs: 100, longestMs: 1_000 };
    return [
      backoffMs(failures, { ...policy, random: LEAST }),
      Math.round(backoffMs(failures, { ...policy, random: MOST })),
    ];
  });
  assertEquals(bounds, [[50, 100], [100, 200], [200, 400], [500, 1_000], [500, 1_000]]);
});

Deno.test("withRetry() tries again after pauses that grow until the call works", async () => {
  const clock = new FakeClock();
  const triedAt: number[] = [];
  const result = withRetry((failures) => {
    triedAt.push(clock.monotonicMs());
    return failures < 3 ? Promise.reject(unreachableMaster()) : Promise.resolve(failures);
  }, { clock, random: LEAST, firstMs: 200 });
  await until(() => triedAt.length === 4, { what: "four tries", clock, stepMs: 50 });
  assertEquals([await result, triedAt], [3, [0, 100, 300, 700]]);
});

Deno.test("withRetry() throws at once what the table does not say to retry", async () => {
  let tries = 0;
  await assertRejects(
    () =>
      withRetry(() => {
        tries++;
        return Promise.reject(new DomainError("job_not_found", "Cannot find job j1"));
      }, { clock: new FakeClock(), random: LEAST }),
    DomainError,
    "Cannot find job j1",
  );
  assertEquals(tries, 1);
});

Deno.test("withRetry() throws the last error after its most tries", async () => {
  const clock = new FakeClock();
  const told: number[] = [];
  const failing = assertRejects(
    () =>
      withRetry(() => Promise.reject(unreachableMaster()), {
        clock,
        random: LEAST,
        triesMax: 3,
        onRetry: (_error, delayMs) => told.push(delayMs),
      }),
    DomainError,
    "Cannot reach",
  );
  await until(() => told.length === 2, { what: "two retries", clock });
  await clock.advance(1_000);
  await failing;
  assertEquals(told, [125, 250]);
});

Deno.test("withRetry() ends with cancelled when its signal ends a pause", async () => {
  const stop = new AbortController();
  const clock = new FakeClock();
  const failing = assertRejects(
    () =>
      withRetry(() => Promise.reject(unreachableMaster()), {
        clock,
        random: LEAST,
        signal: stop.signal,
      }),
    DomainError,
  );
  await until(() => clock.sleeping === 1, { what: "the pause" });
  stop.abort();
  const error = await failing;
  assertEquals(error.code, "cancelled");
  assert(error.cause instanceof DomainError);
});
