import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createSystemRunner, type ProcessOutcome } from "../../mod/process/mod.ts";
import { type FakeMelt, installFakeMelt } from "./install_fake_melt.ts";
import { framesChecksum, isWhole, judgeNumbers, readStamps } from "./read_stamps.ts";
import type { FakeMeltSettings } from "./renderer/settings.ts";

const runner = createSystemRunner({ env: (name) => Deno.env.get(name) });
const FAST: Partial<FakeMeltSettings> = { fps: 20_000, startSeconds: 0 };
const LOSSLESS = ["f=mov", "vcodec=ffv1", "level=3", "g=1", "pix_fmt=bgr0", "mlt_image_format=rgb"];
const H264 = ["f=mp4", "vcodec=libx264", "preset=medium", "crf=18", "vprofile=high"];

interface Bench extends AsyncDisposable {
  readonly dir: string;
  readonly melt: FakeMelt;
  render(range: readonly [number, number], properties: readonly string[]): Promise<ProcessOutcome>;
}

async function createBench(settings: Partial<FakeMeltSettings>): Promise<Bench> {
  const dir = await Deno.makeTempDir({ prefix: "olive fake melt-" });
  const melt = await installFakeMelt(dir, settings);
  await Deno.writeTextFile(
    join(dir, "doc.mlt"),
    `<mlt><profile width="64" height="36" frame_rate_num="30" frame_rate_den="1"/></mlt>`,
  );
  return {
    dir,
    melt,
    render: ([inFrame, outFrame], properties) =>
      runner.run({
        program: melt.path,
        args: [
          ...[join(dir, "doc.mlt"), `in=${inFrame}`, `out=${outFrame}`, "-progress2"],
          ...["-consumer", `avformat:${join(dir, "out.mov")}`, "an=1", "threads=1"],
          ...properties,
        ],
        timeoutMs: 30_000,
      }),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

Deno.test("fake melt makes exactly the frames of a range, each with its number", async () => {
  await using bench = await createBench(FAST);
  const outcome = await bench.render([100, 299], LOSSLESS);
  assertEquals(outcome.code, 0, outcome.stderrTail);
  assertStringIncludes(outcome.stderrTail, "Current Frame:        199, percentage:        100\n");
  const report = await readStamps(join(bench.dir, "out.mov"), { runner });
  const places = report.misplaced.map(({ place, number }) => number - place);
  assertEquals([places.length, new Set(places)], [200, new Set([100])]);
  assertEquals([report.unreadable, report.duplicates], [[], []]);
});

Deno.test("fake melt's numbers survive a lossy codec", async () => {
  await using bench = await createBench(FAST);
  const outcome = await bench.render([0, 49], [...H264, "pix_fmt=yuv420p"]);
  assertEquals(outcome.code, 0, outcome.stderrTail);
  const report = await readStamps(join(bench.dir, "out.mov"), { runner, frames: 50 });
  assert(isWhole(report), JSON.stringify(report));
});

Deno.test("fake melt makes the same file of the same range", async () => {
  await using bench = await createBench(FAST);
  await bench.render([10, 39], LOSSLESS);
  const first = await framesChecksum(join(bench.dir, "out.mov"), runner);
  await bench.render([10, 39], LOSSLESS);
  assertEquals(await framesChecksum(join(bench.dir, "out.mov"), runner), first);
  await bench.render([11, 40], LOSSLESS);
  assert(await framesChecksum(join(bench.dir, "out.mov"), runner) !== first);
});

Deno.test("fake melt fails with its words at a frame of a range that it cannot do", async () => {
  const failure = { startFrame: 20, endFrame: 30, message: "cannot decode the poison" };
  await using bench = await createBench({ ...FAST, failure });
  const outcome = await bench.render([0, 49], LOSSLESS);
  assertEquals([outcome.code, outcome.endedBy], [1, "exit"]);
  assertStringIncludes(outcome.stderrTail, "cannot decode the poison");
  assertEquals((await bench.render([30, 49], LOSSLESS)).code, 0);
});

Deno.test("fake melt dies, and ends early with code 0, where it is told to", async () => {
  await using bench = await createBench({ ...FAST, dieAtFrame: 20 });
  assertEquals((await bench.render([0, 49], LOSSLESS)).code, 137);
  await bench.melt.change({ dieAtFrame: -1, shortAtFrame: 20 });
  assertEquals((await bench.render([0, 49], LOSSLESS)).code, 0);
  assertEquals((await readStamps(join(bench.dir, "out.mov"), { runner })).frames, 20);
});

Deno.test("fake melt hangs while its settings say so, in the middle of a render", async () => {
  await using bench = await createBench({ ...FAST, hangAtFrame: 20 });
  const released = Promise.withResolvers<void>();
  const rendering = runner.run({
    program: bench.melt.path,
    args: [
      ...[join(bench.dir, "doc.mlt"), "in=0", "out=49", "-progress2"],
      ...["-consumer", `avformat:${join(bench.dir, "out.mov")}`, ...LOSSLESS],
    ],
    onStderrLine: (line) => {
      // The second line with the same number: it made nothing in between.
      if (line.includes("Current Frame:         19,")) released.resolve();
    },
    timeoutMs: 30_000,
  });
  await released.promise;
  await bench.melt.change({ hangAtFrame: -1 });
  assertEquals((await rendering).code, 0);
});

Deno.test("judgeNumbers() finds missing, repeated, misplaced and unreadable frames", () => {
  assert(isWhole(judgeNumbers([0, 1, 2], 3)));
  const report = judgeNumbers([0, 2, 2, undefined, 4], 7);
  assertEquals(report, {
    frames: 5,
    missing: [{ startFrame: 1, endFrame: 2 }, { startFrame: 3, endFrame: 4 }, {
      startFrame: 5,
      endFrame: 7,
    }],
    duplicates: [2],
    misplaced: [{ place: 1, number: 2 }],
    unreadable: [3],
  });
});
