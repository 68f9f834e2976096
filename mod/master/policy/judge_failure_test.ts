import { assertEquals } from "@std/assert";
import { explainMissing, isCapable, mayWorkOn } from "./ability.ts";
import { judgeFailure, shouldSetAside } from "./judge_failure.ts";
import type { JobSnapshot, WorkerSnapshot } from "./snapshot.ts";

const JOB: JobSnapshot = {
  id: "job",
  priority: 50,
  createdAtMs: 0,
  minPartMs: 4_000,
  maxPartMs: 90_000,
  requirements: { renderer: "melt", encoders: ["libx264"], services: ["frei0r.blur"] },
  queued: [],
  failed: [],
  ongoing: [],
  setAside: [],
};

function makeWorkers(names: string, facts: Partial<WorkerSnapshot> = {}): WorkerSnapshot[] {
  return [...names].map((name) => ({
    name,
    abilities: { renderers: [{ id: "melt" }], encoders: ["libx264"], services: [] },
    slots: 1,
    isDraining: false,
    speedOf: () => ({ fps: 1, startMs: 0, isMeasured: false }),
    ...facts,
  }));
}

Deno.test("judgeFailure() fails a job after three workers, or all capable ones if there are fewer", () => {
  const judge = (failed: string, online: string): string =>
    judgeFailure({ failedWorkers: [...failed], job: JOB, workers: makeWorkers(online) }).verdict;
  assertEquals(judge("a", "abcd"), "retry");
  assertEquals(judge("aa", "ab"), "retry");
  assertEquals(judge("ab", "abcd"), "retry");
  assertEquals(judge("abc", "abcd"), "fail_job");
  assertEquals(judge("ab", "ab"), "fail_job");
  assertEquals(judge("a", "a"), "fail_job");
  assertEquals(judge("", ""), "retry");
});

Deno.test("judgeFailure() puts no hope in workers that drain, are set aside or lack something", () => {
  const failedWorkers = ["a"];
  const draining = [...makeWorkers("a"), ...makeWorkers("b", { isDraining: true })];
  assertEquals(judgeFailure({ failedWorkers, job: JOB, workers: draining }).verdict, "fail_job");
  const job = { ...JOB, setAside: ["b"] };
  assertEquals(
    judgeFailure({ failedWorkers, job, workers: makeWorkers("ab") }).verdict,
    "fail_job",
  );
  const abilities = { renderers: [], encoders: [], services: [] };
  const unable = [...makeWorkers("a"), ...makeWorkers("b", { abilities })];
  assertEquals(judgeFailure({ failedWorkers, job: JOB, workers: unable }).verdict, "fail_job");
});

Deno.test("shouldSetAside() wants three failures in a row and somebody else", () => {
  const ask = (failuresInARow: number, online: string): boolean =>
    shouldSetAside({ worker: "a", failuresInARow, job: JOB, workers: makeWorkers(online) });
  assertEquals(ask(2, "ab"), false);
  assertEquals(ask(3, "ab"), true);
  assertEquals(ask(3, "a"), false);
});

Deno.test("isCapable() wants renderer, encoders and services, and believes who did not look for services", () => {
  const [able, ...rest] = [
    ...makeWorkers("a"),
    ...makeWorkers("b", {
      abilities: { renderers: [{ id: "melt" }], encoders: ["libx264"], services: ["avformat"] },
    }),
    ...makeWorkers("c", {
      abilities: { renderers: [{ id: "melt" }], encoders: [], services: [] },
    }),
    ...makeWorkers("d", {
      abilities: { renderers: [{ id: "ffmpeg" }], encoders: ["libx264"], services: [] },
    }),
  ];
  assertEquals(able && isCapable(able, JOB), true);
  assertEquals(rest.map((worker) => isCapable(worker, JOB)), [false, false, false]);
  assertEquals(able && mayWorkOn(able, { ...JOB, setAside: ["a"] }), false);
});

Deno.test("explainMissing() says in one sentence why nobody can do a job", () => {
  assertEquals(explainMissing(makeWorkers("ab"), JOB), undefined);
  assertEquals(explainMissing([], JOB), "Waits for a worker: none is connected");
  const abilities = { renderers: [{ id: "melt" }], encoders: [], services: [] };
  assertEquals(
    explainMissing(makeWorkers("a", { abilities }), JOB),
    "Waits for a worker that has the encoder libx264: the only connected one (a) has not",
  );
  const none = makeWorkers("b", { abilities: { ...abilities, renderers: [] } });
  assertEquals(
    explainMissing([...none, ...makeWorkers("a", { abilities })], JOB),
    "Waits for a worker that has the encoder libx264: none of 2 connected ones has all it needs, a comes nearest",
  );
  assertEquals(
    explainMissing(makeWorkers("a", { isDraining: true }), JOB),
    "Waits for a worker: those that could do it are draining",
  );
  assertEquals(
    explainMissing(makeWorkers("ab"), { ...JOB, setAside: ["a", "b"] }),
    "Waits for a worker: a, b failed it again and again, no other can do it",
  );
});
