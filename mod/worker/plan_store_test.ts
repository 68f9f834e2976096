import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { DomainError } from "../core/mod.ts";
import type { Assignment } from "../wire/mod.ts";
import { FakeClock, settle, sha256Of } from "../testing/mod.ts";
import { PLANS_KEPT_MAX } from "./limits.ts";
import { PlanStore } from "./plan_store.ts";

const never = new AbortController().signal;

function assignmentOf(planSha256: string): Assignment {
  return {
    attemptId: "a1",
    jobId: "j1",
    partId: "p1",
    kind: "video",
    range: { startFrame: 0, endFrame: 1 },
    preset: "h264",
    planSha256,
    expectedFps: 0,
  };
}

function planBytes(title: string, planVersion = 1): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ plan: { planVersion, title }, files: [] }));
}

interface Served {
  bytes: Uint8Array<ArrayBuffer>;
  count: number;
}

async function withStore(
  run: (open: () => PlanStore, served: Served, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "olive-plans-" });
  const served: Served = { bytes: planBytes("one"), count: 0 };
  const clock = new FakeClock();
  const open = (): PlanStore =>
    new PlanStore({
      folder,
      clock,
      random: (length) => new Uint8Array(length),
      master: {
        getPlan: async () => {
          served.count++;
          await settle();
          return { bytes: served.bytes, reply: { plan: {}, files: [] } };
        },
      },
    });
  const moving = new AbortController();
  const time = (async () => {
    while (!moving.signal.aborted) await clock.advance(1_000);
  })();
  try {
    await run(open, served, folder);
  } finally {
    moving.abort();
    await time;
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("PlanStore.get() fetches a plan once, for all attempts and for the next run", async () => {
  await withStore(async (open, served) => {
    const assignment = assignmentOf(await sha256Of(served.bytes));
    const store = open();
    const both = await Promise.all([store.get(assignment, never), store.get(assignment, never)]);
    assertEquals(both.map((one) => one.plan.title), ["one", "one"]);
    assertEquals((await open().get(assignment, never)).plan.title, "one");
    assertEquals(served.count, 1);
  });
});

Deno.test("PlanStore.get() fetches anew what has been spoilt on disk", async () => {
  await withStore(async (open, served, folder) => {
    const sha256 = await sha256Of(served.bytes);
    await Deno.writeFile(join(folder, `${sha256}.json`), planBytes("two"));
    assertEquals((await open().get(assignmentOf(sha256), never)).plan.title, "one");
    assertEquals(served.count, 1);
  });
});

Deno.test("PlanStore.get() refuses another plan than the assignment names", async () => {
  await withStore(async (open) => {
    const failing = () => open().get(assignmentOf("f".repeat(64)), never);
    const error = await assertRejects(failing, DomainError, "its checksum is");
    assertEquals(error.code, "io_failed");
  });
});

Deno.test("PlanStore.get() refuses a plan of a version that it does not know", async () => {
  await withStore(async (open, served) => {
    served.bytes = planBytes("new", 2);
    const failing = async () => await open().get(assignmentOf(await sha256Of(served.bytes)), never);
    const error = await assertRejects(failing, DomainError, "its version is 2, must be 1");
    assertEquals(error.code, "version_mismatch");
  });
});

Deno.test("PlanStore.get() keeps a limited number of plans", async () => {
  await withStore(async (open, served, folder) => {
    const store = open();
    for (let job = 0; job < PLANS_KEPT_MAX + 3; job++) {
      served.bytes = planBytes(`job ${job}`);
      await store.get(assignmentOf(await sha256Of(served.bytes)), never);
    }
    const kept = await Array.fromAsync(Deno.readDir(folder));
    assertEquals(kept.length, PLANS_KEPT_MAX);
  });
});
