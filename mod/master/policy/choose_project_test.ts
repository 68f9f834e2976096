import { assert, assertEquals } from "@std/assert";
import { frameCount, type FrameRange } from "../../core/mod.ts";
import { beginProgress, chooseWork, type JobSnapshot, type WorkerSnapshot } from "./mod.ts";

interface FolderPart {
  readonly partId: string;
  readonly kind: "video";
  readonly range: FrameRange;
  readonly failedWorkers: readonly string[];
  readonly attempts: { readonly worker: string; readonly endMs: number }[];
}

const ATTEMPT = { ...beginProgress(0), expectedFps: 0, startedAtMs: 0 };

/** Renders the projects of a folder; hands out when a slot is idle, no faults. */
function renderFolder(
  workers: readonly WorkerSnapshot[],
  lengths: readonly number[],
): { readonly endMs: number; readonly parts: readonly (readonly [string, number, number])[] } {
  const queued = lengths.map((endFrame) => [{ startFrame: 0, endFrame }]);
  const ongoing: FolderPart[][] = lengths.map(() => []);
  const parts: [string, number, number][] = [];
  let nowMs = 0;
  const snapshot = (index: number): JobSnapshot => ({
    id: `${index}`,
    priority: 50,
    createdAtMs: index,
    workflow: "full",
    minPartMs: 4_000,
    maxPartMs: 90_000,
    requirements: { renderer: "fake", encoders: [], services: [] },
    queued: queued[index] ?? [],
    failed: [],
    ongoing: (ongoing[index] ?? []).map((part) => ({
      ...part,
      attempts: part.attempts.map(({ worker }) => {
        const fps = workers.find((each) => each.name === worker)?.speedOf("", "video").fps ?? 1;
        const renderMs = nowMs - startOf(part, fps);
        const framesDone = Math.max(0, Math.floor((renderMs - 300) * fps / 1_000));
        const progress = { stage: "rendering" as const, framesDone, renderMs, progressAtMs: nowMs };
        return { ...ATTEMPT, ...progress, attemptId: `${part.partId}${worker}`, worker };
      }),
    })),
    setAside: [],
  });
  for (;;) {
    for (const worker of workers) {
      if (ongoing.flat().some((part) => part.attempts.some((a) => a.worker === worker.name))) {
        continue;
      }
      const jobs = lengths.map((_, index) => snapshot(index));
      const choice = chooseWork({ nowMs, worker: worker.name, isSlotIdle: true, jobs, workers });
      if (choice.kind !== "carve" && choice.kind !== "second") continue;
      const index = Number(choice.jobId);
      const { fps } = worker.speedOf(choice.jobId, "video");
      if (choice.kind === "second") {
        const part = ongoing[index]?.find((each) => each.partId === choice.partId);
        assert(part !== undefined);
        const endMs = nowMs + 300 + frameCount(part.range) * 1_000 / fps;
        part.attempts.push({ worker: worker.name, endMs });
        continue;
      }
      const [first] = queued[index] ?? [];
      assert(first !== undefined && first.startFrame === choice.range.startFrame);
      const { endFrame } = choice.range;
      queued[index] = endFrame < first.endFrame ? [{ ...first, startFrame: endFrame }] : [];
      const endMs = nowMs + 300 + frameCount(choice.range) * 1_000 / fps;
      const attempts = [{ worker: worker.name, endMs }];
      const partId = `${index} ${choice.range.startFrame}`;
      ongoing[index]?.push({ ...choice, partId, kind: "video", failedWorkers: [], attempts });
      parts.push([worker.name, index, frameCount(choice.range)]);
    }
    const ends = ongoing.flat().flatMap((part) => part.attempts.map((attempt) => attempt.endMs));
    if (ends.length === 0) return { endMs: nowMs, parts };
    nowMs = Math.min(...ends);
    for (const [index, list] of ongoing.entries()) {
      ongoing[index] = list.filter((part) => part.attempts.every((each) => each.endMs > nowMs));
    }
  }
}

function startOf(part: FolderPart, fps: number): number {
  return (part.attempts[0]?.endMs ?? 0) - 300 - frameCount(part.range) * 1_000 / fps;
}

function makeWorkers(speeds: readonly number[]): WorkerSnapshot[] {
  return speeds.map((fps) => ({
    name: `w${fps}`,
    abilities: { renderers: [{ id: "fake" }], encoders: [], services: [] },
    slots: 1,
    isDraining: false,
    speedOf: () => ({ fps, startMs: 300, isMeasured: true }),
  }));
}

Deno.test("chooseWork() gives the heaviest project that fits to the fastest worker, whole", () => {
  const workers = makeWorkers([240, 120, 60]);
  const { parts } = renderFolder(workers, [500, 3_000, 1_000, 2_000, 800]);
  assertEquals(parts[0], ["w240", 1, 3_000]);
  assertEquals(parts[1], ["w120", 3, 2_000]);
  assertEquals(parts[2], ["w60", 2, 1_000]);
});

Deno.test("chooseWork() divides a project that everybody would have to wait for", () => {
  const workers = makeWorkers([240, 120, 60]);
  const { parts, endMs } = renderFolder(workers, [9_000, 100]);
  assert(parts.filter(([, project]) => project === 0).length > 3);
  assert(endMs < 1.15 * 9_100 / 420 * 1_000);
});

Deno.test("twelve projects on three uneven workers end within 6 % of what is possible, most of them whole", () => {
  const uneven = [1_000, 2_000, 3_000, 500, 700, 900, 4_000, 250, 1_200, 1_300, 1_400, 1_750];
  for (const lengths of [Array.from({ length: 12 }, () => 1_500), uneven]) {
    const { endMs, parts } = renderFolder(makeWorkers([60, 120, 240]), lengths);
    const total = lengths.reduce((sum, each) => sum + each, 0);
    assert(endMs / (total / 420 * 1_000) <= 1.06, `${endMs}`);
    const whole = parts.filter(([, project, frames]) => frames === lengths[project]);
    assert(whole.length >= 9, `${whole.length} projects were whole`);
  }
});

Deno.test("chooseWork() hands the first project of a folder out whole while more are to come", () => {
  const workers = makeWorkers([100, 99]);
  const job: JobSnapshot = {
    id: "0",
    priority: 50,
    createdAtMs: 0,
    workflow: "full",
    minPartMs: 4_000,
    maxPartMs: 90_000,
    requirements: { renderer: "fake", encoders: [], services: [] },
    queued: [{ startFrame: 0, endFrame: 6_000 }],
    failed: [],
    ongoing: [],
    setAside: [],
  };
  const framesFor = (projectsToCome: number): number => {
    const query = { nowMs: 0, worker: "w100", isSlotIdle: true, jobs: [job], workers };
    const choice = chooseWork({ ...query, projectsToCome });
    assert(choice.kind === "carve", choice.kind);
    return frameCount(choice.range);
  };
  assertEquals([framesFor(1), framesFor(9)], [6_000, 6_000]);
  assert(framesFor(0) < 3_000, `${framesFor(0)} frames of the only project`);
});
