import { assertEquals } from "@std/assert";
import { checkRecord, type EventRow, type JobRecord } from "./check_record.ts";

const PART = { id: "p1", kind: "video", startFrame: 0, endFrame: 10 } as const;
const SOUND = { id: "p2", kind: "audio", startFrame: 0, endFrame: 10 } as const;
const ATTEMPT = { worker: "w1", reason: "", code: null, state: "succeeded" } as const;

function event(entityId: string, change: string, id = 0): EventRow {
  const [from = "", to = ""] = change.split(">");
  const entity = entityId.startsWith("p") ? "part" : "attempt";
  return { id, entity, entityId, from, to, reason: "because" };
}

const GOOD: JobRecord = {
  state: "completed",
  reason: "",
  lengthFrames: 10,
  problems: [],
  parts: [
    { ...SOUND, state: "completed", resultAttemptId: "a2" },
    { ...PART, state: "completed", resultAttemptId: "a1" },
  ],
  attempts: [
    { ...ATTEMPT, id: "a1", partId: "p1" },
    { ...ATTEMPT, id: "a2", partId: "p2" },
  ],
  events: [event("p1", ">ongoing"), event("a1", ">running"), event("a1", "running>succeeded")],
};

const STRICT = { mayFail: false };

Deno.test("checkRecord() finds nothing wrong with a record in order", () => {
  assertEquals(checkRecord(GOOD, STRICT), []);
});

Deno.test("checkRecord() tells a frame that is in no part, or in two", () => {
  for (const [range, count] of [[{ startFrame: 1 }, 1], [{ endFrame: 9 }, 1]] as const) {
    const parts = GOOD.parts.map((part) => part.kind === "video" ? { ...part, ...range } : part);
    assertEquals(checkRecord({ ...GOOD, parts }, STRICT).length, count);
  }
  const twice = [...GOOD.parts, { ...PART, id: "p3", state: "completed", resultAttemptId: "a3" }];
  const attempts = [...GOOD.attempts, { ...ATTEMPT, id: "a3", partId: "p3" }];
  assertEquals(checkRecord({ ...GOOD, attempts, parts: twice }, STRICT), [
    "part p3 begins at 0, must be 10",
  ]);
});

Deno.test("checkRecord() tells a second winner, and a loss that was counted as a failure", () => {
  const attempts = [...GOOD.attempts, { ...ATTEMPT, id: "a3", partId: "p1" }];
  assertEquals(checkRecord({ ...GOOD, attempts }, STRICT), ["2 attempts at part p1 succeeded"]);
  const failed = [...GOOD.attempts, { ...ATTEMPT, id: "a3", partId: "p1", state: "failed" }];
  assertEquals(checkRecord({ ...GOOD, attempts: failed }, STRICT), [
    "attempt a3 of w1 was counted as failed: null: ",
  ]);
  assertEquals(checkRecord({ ...GOOD, attempts: failed }, { mayFail: true }), []);
});

Deno.test("checkRecord() tells a third running attempt and a part that was rendered again", () => {
  const attempts = ["a1", "a3", "a4"].map((id, index) => ({
    ...ATTEMPT,
    id,
    partId: "p1",
    state: index === 0 ? "succeeded" : "superseded",
  }));
  const more = [...attempts, { ...ATTEMPT, id: "a2", partId: "p2" }];
  const three = ["a1", "a3", "a4"].map((id) => event(id, ">running"));
  assertEquals(checkRecord({ ...GOOD, attempts: more, events: three }, STRICT), [
    "part p1 had 3 running attempts",
  ]);
  const again = [
    event("p1", ">ongoing"),
    event("p1", "ongoing>completed"),
    event("a3", ">running"),
  ];
  assertEquals(checkRecord({ ...GOOD, attempts: more, events: again }, STRICT), [
    "part p1 was rendered again: because",
  ]);
});

Deno.test("checkRecord() tells a change from a state that was not the last one", () => {
  const events = [event("p1", ">ongoing"), event("p1", "failed>ongoing")];
  assertEquals(checkRecord({ ...GOOD, events }, STRICT), [
    "part p1 went from failed to ongoing, but was ongoing",
  ]);
});
