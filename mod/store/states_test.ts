import { assertEquals, assertRejects } from "@std/assert";
import {
  ATTEMPT_STATES,
  type AttemptState,
  canChangeAttempt,
  canChangeJob,
  canChangePart,
  createSystemClock,
  JOB_STATES,
  type JobState,
  PART_STATES,
  type PartState,
} from "../core/mod.ts";
import { type Database, openDatabase, type WriteTx } from "../db/mod.ts";
import {
  changeJob,
  changePart,
  finishAttempt,
  hasRunningAttempt,
  insertAttempt,
  insertJob,
  insertPart,
  listEvents,
} from "./mod.ts";

const nowMs = 1_000;
const result = { attemptId: "a1", path: "/r", sizeBytes: 1, sha256: "00" };

async function withDatabase(act: (db: Database) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "olive-states-" });
  const db = await openDatabase({ location: `${directory}/farm.db`, clock: createSystemClock() });
  try {
    await act(db);
  } finally {
    await db.close();
    await Deno.remove(directory, { recursive: true });
  }
}

async function insertTestJob(tx: WriteTx, id: string): Promise<void> {
  await insertJob(tx, {
    id,
    name: id,
    reason: "",
    workflow: "split",
    priority: 50,
    preset: "h264",
    projectPath: "/p.ove",
    outputPath: "/p.mp4",
    sequence: undefined,
    width: 2,
    height: 2,
    fps: { num: 25, den: 1 },
    lengthFrames: 10,
    planSha256: "00",
    projectKey: "k",
    requirements: { renderer: "melt", encoders: [], services: [] },
    warnings: [],
    minPartMs: 1,
    maxPartMs: 2,
    skipUnsupported: false,
    overwrite: false,
    idempotencyKey: undefined,
    submittedBy: "anna",
    createdAtMs: nowMs,
  });
}

/** Whether a change was made: the function's word, the row and the event all say the same. */
async function outcomeOf(
  tx: WriteTx,
  change: {
    readonly act: () => Promise<boolean>;
    readonly isAllowed: boolean;
    readonly table: "job" | "part" | "attempt";
    readonly id: string;
    readonly to: string;
  },
): Promise<string> {
  const { act, isAllowed, table, id, to } = change;
  const before = (await listEvents(tx, { jobId: "j1", afterId: 0, limit: 1_000 })).length;
  if (!isAllowed) {
    await assertRejects(act, Error, "Invariant violated");
    return "refused";
  }
  const isChanged = await act();
  const row = await tx.find<{ state: string }>(`SELECT state FROM ${table} WHERE id = :id`, { id });
  const events = await listEvents(tx, { jobId: "j1", afterId: 0, limit: 1_000 });
  return `${isChanged} ${row?.state === to} ${events.length - before} ${events.at(-1)?.to}`;
}

Deno.test("changeJob() allows exactly the changes of the table, each with its event", () =>
  withDatabase(async (db) => {
    for (const from of JOB_STATES) {
      for (const to of JOB_STATES) {
        const isAllowed = canChangeJob(from, to);
        const outcome = await db.write(async (tx) => {
          await tx.run("DELETE FROM job");
          await insertTestJob(tx, "j1");
          await tx.run("UPDATE job SET state = :from", { from });
          const act = (): Promise<boolean> =>
            changeJob(tx, { jobId: "j1", from, to, reason: "r", nowMs });
          return await outcomeOf(tx, { act, isAllowed, table: "job", id: "j1", to });
        });
        assertEquals(outcome, isAllowed ? `true true 1 ${to}` : "refused", `${from} > ${to}`);
      }
    }
  }));

Deno.test("changePart() allows exactly the changes of the table, each with its event", () =>
  withDatabase(async (db) => {
    for (const from of PART_STATES) {
      for (const to of PART_STATES) {
        const isAllowed = canChangePart(from, to);
        const outcome = await db.write(async (tx) => {
          await preparePart(tx, from);
          const act = (): Promise<boolean> =>
            changePart(tx, {
              part: { id: "p1", jobId: "j1" },
              from,
              to,
              reason: "r",
              nowMs,
              ...(to === "completed" ? { result } : {}),
            });
          return await outcomeOf(tx, { act, isAllowed, table: "part", id: "p1", to });
        });
        assertEquals(outcome, isAllowed ? `true true 1 ${to}` : "refused", `${from} > ${to}`);
      }
    }
  }));

async function preparePart(tx: WriteTx, state: PartState): Promise<void> {
  await tx.run("DELETE FROM job");
  await insertTestJob(tx, "j1");
  const range = { startFrame: 0, endFrame: 10 };
  await insertPart(tx, { id: "p1", jobId: "j1", kind: "video", range, nowMs });
  const filled = "result_attempt_id = 'a1', result_path = '/r', result_size_bytes = 1";
  await tx.run(`UPDATE part SET state = :state, ${filled}, result_sha256 = '00'`, { state });
}

Deno.test("finishAttempt() ends a running attempt in any way that the table allows, and no other", () =>
  withDatabase(async (db) => {
    for (const from of ATTEMPT_STATES) {
      for (const to of ATTEMPT_STATES) {
        const isKnown = canChangeAttempt("running", to);
        const outcome = await db.write(async (tx) => {
          await preparePart(tx, "ongoing");
          await insertRunning(tx, { id: "a1", worker: "w1" });
          await tx.run("UPDATE attempt SET state = :from", { from });
          const act = (): Promise<boolean> =>
            finishAttempt(tx, {
              attempt: { id: "a1", jobId: "j1" },
              to: to as Exclude<AttemptState, "running">,
              reason: "r",
              nowMs,
            });
          return await outcomeOf(tx, { act, isAllowed: isKnown, table: "attempt", id: "a1", to });
        });
        if (!isKnown) assertEquals(outcome, "refused");
        else if (from === "running") assertEquals(outcome, `true true 1 ${to}`);
        else assertEquals(outcome.startsWith("false"), true, `${from} > ${to}: ${outcome}`);
      }
    }
  }));

function insertRunning(
  tx: WriteTx,
  attempt: { readonly id: string; readonly worker: string },
): Promise<boolean> {
  return insertAttempt(tx, {
    ...attempt,
    partId: "p1",
    jobId: "j1",
    kind: "video",
    range: { startFrame: 0, endFrame: 10 },
    sessionId: "s1",
    expectedFps: 0,
    reason: "r",
    nowMs,
  });
}

Deno.test("changes say false, and change nothing, when the state is not what the caller believes", () =>
  withDatabase(async (db) => {
    await db.write(async (tx) => {
      await preparePart(tx, "ongoing");
      const job: { from: JobState; to: JobState } = { from: "running", to: "merging" };
      assertEquals(await changeJob(tx, { jobId: "j1", ...job, reason: "r", nowMs }), false);
      const part = { part: { id: "p1", jobId: "j1" }, from: "queued", to: "ongoing" } as const;
      assertEquals(await changePart(tx, { ...part, reason: "r", nowMs }), false);
      const events = await listEvents(tx, { jobId: "j1", afterId: 0, limit: 10 });
      assertEquals(events.map((event) => event.to), ["queued", "queued"]);
    });
  }));

Deno.test("insertAttempt() refuses a third running attempt at a part, and a second one by the same worker", () =>
  withDatabase(async (db) => {
    await db.write(async (tx) => {
      await preparePart(tx, "ongoing");
      assertEquals(await insertRunning(tx, { id: "a1", worker: "w1" }), true);
      assertEquals(await insertRunning(tx, { id: "a2", worker: "w2" }), true);
      assertEquals(await insertRunning(tx, { id: "a3", worker: "w3" }), false);
      const end = { attempt: { id: "a1", jobId: "j1" }, to: "lost", reason: "r", nowMs } as const;
      await finishAttempt(tx, end);
      await assertRejects(() => insertRunning(tx, { id: "a4", worker: "w2" }));
      assertEquals(await insertRunning(tx, { id: "a5", worker: "w3" }), true);
    });
  }));

Deno.test("hasRunningAttempt() finds those of a host and of its labels, on that job, while they run", () =>
  withDatabase(async (db) => {
    await db.write(async (tx) => {
      await preparePart(tx, "ongoing");
      await insertRunning(tx, { id: "a1", worker: "lap:gpu-2" });
      await insertRunning(tx, { id: "a2", worker: "tower" });
      const worksOn = async (host: string, jobId = "j1"): Promise<boolean> =>
        await hasRunningAttempt(tx, { jobId, host });
      assertEquals([await worksOn("lap"), await worksOn("tower")], [true, true]);
      for (const host of ["la", "lap-top", "lap.local", "tow", "tower1", "gpu-2"]) {
        assertEquals(await worksOn(host), false, host);
      }
      assertEquals(await worksOn("lap", "j2"), false);
      const end = { attempt: { id: "a1", jobId: "j1" }, to: "lost", reason: "r", nowMs } as const;
      await finishAttempt(tx, end);
      assertEquals([await worksOn("lap"), await worksOn("tower")], [false, true]);
    });
  }));
