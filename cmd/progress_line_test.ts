import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { JobView } from "../mod/wire/mod.ts";
import { formatDuration, formatRate, progressLine, progressLineOfAll } from "./progress_line.ts";

const JOB: JobView = {
  id: "j1",
  name: "film",
  state: "running",
  reason: "",
  priority: 50,
  preset: "h264",
  projectPath: "/p.ove",
  outputPath: "/p.mp4",
  width: 960,
  height: 540,
  fps: { num: 30, den: 1 },
  lengthFrames: 400,
  framesDone: 100,
  currentFps: 25.4,
  etaMs: 12_000,
  partsCompleted: 1,
  partsOngoing: 2,
  partsFailed: 0,
  workers: ["a", "b"],
  warnings: [],
  submittedBy: "me",
  createdAtMs: 0,
};

Deno.test("progressLine() shows share, frames, rate, time left and workers", () => {
  const line = progressLine(JOB, { nowMs: 0, columns: 120 });
  assertStringIncludes(line, "25%  100/400 frames  25 fps  12s left  2 parts on 2 workers");
});

Deno.test("progressLine() never exceeds the columns it has", () => {
  for (const columns of [20, 40, 60, 80, 200]) {
    assert(progressLine(JOB, { nowMs: 0, columns }).length <= columns, String(columns));
  }
});

Deno.test("progressLine() says why a job does not run", () => {
  const waiting: JobView = { ...JOB, state: "queued", reason: "no worker is online" };
  assertStringIncludes(progressLine(waiting, { nowMs: 0, columns: 120 }), "no worker is online");
});

Deno.test("formatDuration() and formatRate() pick the unit that reads well", () => {
  assertEquals([0, 59_499, 200_000, 3_900_000, -5].map(formatDuration), [
    "0s",
    "59s",
    "3m 20s",
    "1h 05m",
    "0s",
  ]);
  assertEquals([120.4, 2.5, 0.4].map(formatRate), ["120 fps", "2.5 fps", "2.5 s/frame"]);
});

Deno.test("progressLineOfAll() sums several jobs up, each worker once", () => {
  const done: JobView = { ...JOB, state: "completed", workers: [], currentFps: 0 };
  const waiting: JobView = {
    ...JOB,
    state: "queued",
    framesDone: 0,
    currentFps: 0,
    workers: ["a"],
  };
  const slow: JobView = { ...JOB, etaMs: 90_000 };
  const line = progressLineOfAll([done, JOB, slow], { nowMs: 0, columns: 120 });
  assertStringIncludes(line, "50%  1/3 films  600/1200 frames  51 fps  1m 30s left  2 workers");
  const { etaMs: _unknown, ...endless } = waiting;
  const without = progressLineOfAll([JOB, endless], { nowMs: 0, columns: 120 });
  assert(!without.includes("left"), without);
});
