import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Assignment, FailedReport, SucceededReport } from "../wire/mod.ts";
import { openOutbox, type OutboxContent } from "./outbox.ts";

function assignmentOf(attemptId: string): Assignment {
  return {
    attemptId,
    jobId: "j1",
    partId: "j1-p1",
    kind: "video",
    range: { startFrame: 0, endFrame: 5 },
    preset: "h264",
    planSha256: "0".repeat(64),
    expectedFps: 0,
  };
}

function successOf(attemptId: string, resultPath: string): OutboxContent {
  const report: SucceededReport = {
    outcome: "succeeded",
    sizeBytes: 6,
    sha256: "0".repeat(64),
    framesDone: 5,
    renderMs: 10,
    renderer: "fake",
    logTail: "",
  };
  return { assignment: assignmentOf(attemptId), report, resultPath, framesDone: 5, renderMs: 10 };
}

function failureOf(attemptId: string): OutboxContent {
  const report: FailedReport = {
    outcome: "failed",
    code: "render_failed",
    message: "m",
    logTail: "",
    framesDone: 2,
  };
  return { assignment: assignmentOf(attemptId), report, framesDone: 2, renderMs: 10 };
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "olive-outbox-" });
  await Deno.mkdir(join(folder, "outbox"));
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makeResult(folder: string, name: string): Promise<string> {
  await Deno.writeTextFile(join(folder, name), "result");
  return join(folder, name);
}

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(join(folder, "outbox")), (one) => one.name).toSorted();
}

Deno.test("Outbox.add() keeps results and reports in order for the next run", async () => {
  await withFolder(async (folder) => {
    const outbox = await openOutbox(join(folder, "outbox"));
    let added = 0;
    outbox.watch(() => added++);
    await outbox.add(successOf("a9", await makeResult(folder, "one")));
    await outbox.add(failureOf("a1"));
    await outbox.add(successOf("a5", await makeResult(folder, "two")));
    assertEquals([added, outbox.next?.assignment.attemptId], [3, "a9"]);
    assertEquals(names(folder), [
      "000000000001-a9.json",
      "000000000002-a1.json",
      "000000000003-a5.json",
      "a5.result",
      "a9.result",
    ]);
    const again = await openOutbox(join(folder, "outbox"));
    assertEquals(
      again.entries.map((one) => [one.assignment.attemptId, one.report.outcome, one.framesDone]),
      [["a9", "succeeded", 5], ["a1", "failed", 2], ["a5", "succeeded", 5]],
    );
    assertEquals(await Deno.readTextFile(again.entries[0]?.resultPath ?? ""), "result");
    // What comes now is behind what was there.
    assertEquals([await again.remove("a9"), await again.remove("a9")], [true, false]);
    await again.add(failureOf("a2"));
    assertEquals(again.entries.map((one) => one.sequence), [2, 3, 4]);
  });
});

Deno.test("openOutbox() removes what a crash left half written", async () => {
  await withFolder(async (folder) => {
    const outbox = await openOutbox(join(folder, "outbox"));
    await outbox.add(successOf("a1", await makeResult(folder, "one")));
    await outbox.add(successOf("a2", await makeResult(folder, "two")));
    await outbox.add(successOf("a3", await makeResult(folder, "three")));
    const at = (name: string): string => join(folder, "outbox", name);
    await Deno.writeTextFile(at("a1.result"), "res");
    await Deno.remove(at("a2.result"));
    await Deno.writeTextFile(at("a8.result"), "a result without report");
    await Deno.writeTextFile(at("000000000009-a9.json"), '{"assignment":{"att');
    await Deno.writeTextFile(at("000000000004-a4.json.new"), "{}");
    const again = await openOutbox(join(folder, "outbox"));
    assertEquals(again.entries.map((one) => one.assignment.attemptId), ["a3"]);
    assertEquals(names(folder), ["000000000003-a3.json", "a3.result"]);
  });
});

Deno.test("Outbox.next is none while the first entry is still being written", async () => {
  await withFolder(async (folder) => {
    const outbox = await openOutbox(join(folder, "outbox"));
    const adding = outbox.add(successOf("a1", await makeResult(folder, "one")));
    const second = outbox.add(failureOf("a2"));
    assertEquals([outbox.entries.length, outbox.next], [2, undefined]);
    await Promise.all([adding, second]);
    assertEquals(outbox.next?.assignment.attemptId, "a1");
  });
});

Deno.test("Outbox.remove() leaves nothing of an entry that is being written", async () => {
  await withFolder(async (folder) => {
    const outbox = await openOutbox(join(folder, "outbox"));
    const adding = outbox.add(successOf("a1", await makeResult(folder, "one")));
    assertEquals(await outbox.remove("a1"), true);
    await adding;
    assertEquals([outbox.next, names(folder)], [undefined, []]);
  });
});

Deno.test("Outbox.replaceReport() lets the result go and keeps the place", async () => {
  await withFolder(async (folder) => {
    const outbox = await openOutbox(join(folder, "outbox"));
    await outbox.add(successOf("a1", await makeResult(folder, "one")));
    await outbox.add(failureOf("a2"));
    await outbox.replaceReport("a1", failureOf("a1").report);
    assertEquals(names(folder), ["000000000001-a1.json", "000000000002-a2.json"]);
    const again = await openOutbox(join(folder, "outbox"));
    assertEquals(again.entries.map((one) => one.report.outcome), ["failed", "failed"]);
  });
});
