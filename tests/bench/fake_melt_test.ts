import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createSystemRunner, type ProcessOutcome } from "../../mod/process/mod.ts";
import { type FakeMelt, installFakeMelt } from "./install_fake_melt.ts";
import { framesChecksum, isWhole, judgeNumbers, readStamps } from "./read_stamps.ts";
import type { FakeMeltSettings } from "./renderer/settings.ts";

const runner = createSystemRunner({ env: (name) => Deno.env.get(name) });
const FAST: Partial<FakeMeltSettings> = { fps: 20_000, startSeconds: 0 };
const LOSSLESS = ["f=mov", "vcodec=ffv1", "level=3", "g=1", "pix_fmt=bgr0", "mlt_image_format=rgb"];
const H264 = ["f=mp4", "vcodec=libx264", "crf=18", "vprofile=high", "pix_fmt=yuv420p"];

interface RenderOptions {
  readonly properties?: readonly string[];
  readonly onLine?: (line: string) => void;
}

interface Bench extends AsyncDisposable {
  readonly film: string;
  readonly melt: FakeMelt;
  render(range: readonly [number, number], options?: RenderOptions): Promise<ProcessOutcome>;
}

async function createBench(settings: Partial<FakeMeltSettings>): Promise<Bench> {
  const dir = await Deno.makeTempDir({ prefix: "olive fake melt-" });
  const melt = await installFakeMelt(dir, settings);
  return {
    film: join(dir, "out.mov"),
    melt,
    render: async (range, { properties = LOSSLESS, onLine } = {}) => {
      await Deno.writeTextFile(join(dir, "doc.mlt"), documentText(range));
      return await runner.run({
        program: melt.path,
        args: [
          ...["doc.mlt", "-progress2", "-consumer", "avformat:out.mov", "an=1", "threads=1"],
          ...properties,
        ],
        cwd: dir,
        timeoutMs: 30_000,
        ...(onLine === undefined ? {} : { onStderrLine: onLine }),
      });
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** A document as the program writes it for a range, both frames in. */
function documentText([first, last]: readonly [number, number]): string {
  return `<mlt><profile width="64" height="36" frame_rate_num="30" frame_rate_den="1"/>
<producer id="p0" in="0" out="${last - first}"/><producer id="p1" in="0" out="${last}"/>
<playlist id="lane0"><entry producer="p1" in="${first}" out="${last}"></entry></playlist>
<tractor id="film" in="0" out="${last - first}"/></mlt>`;
}

Deno.test("fake melt makes exactly the frames of a range, each with its number", async () => {
  await using bench = await createBench(FAST);
  const outcome = await bench.render([100, 299]);
  assertEquals(outcome.code, 0, outcome.stderrTail);
  assertStringIncludes(outcome.stderrTail, "Current Frame:        199, percentage:        100\n");
  const report = await readStamps(bench.film, { runner });
  const places = report.misplaced.map(({ place, number }) => number - place);
  assertEquals([places.length, new Set(places)], [200, new Set([100])]);
  assertEquals([report.unreadable, report.duplicates], [[], []]);
});

Deno.test("fake melt's numbers survive a lossy codec", async () => {
  await using bench = await createBench(FAST);
  const outcome = await bench.render([0, 49], { properties: H264 });
  assertEquals(outcome.code, 0, outcome.stderrTail);
  const report = await readStamps(bench.film, { runner, frames: 50 });
  assert(isWhole(report), JSON.stringify(report));
});

Deno.test("framesChecksum() is that of the same frames and of no others", async () => {
  await using bench = await createBench(FAST);
  const checksums: string[] = [];
  for (const range of [[10, 39], [10, 39], [11, 40]] as const) {
    await bench.render(range);
    checksums.push(await framesChecksum(bench.film, runner));
  }
  assertEquals(checksums[1], checksums[0]);
  assert(checksums[2] !== checksums[0]);
});

Deno.test("fake melt fails with its words at a frame of a range that it cannot do", async () => {
  const failure = { startFrame: 20, endFrame: 30, message: "cannot decode the poison" };
  await using bench = await createBench({ ...FAST, failure });
  const outcome = await bench.render([0, 49]);
  assertEquals([outcome.code, outcome.endedBy], [1, "exit"]);
  assertStringIncludes(outcome.stderrTail, "cannot decode the poison");
  assertEquals((await bench.render([30, 49])).code, 0);
});

Deno.test("fake melt dies, and ends early with code 0, where it is told to", async () => {
  await using bench = await createBench({ ...FAST, dieAtFrame: 20 });
  assertEquals((await bench.render([0, 49])).code, 137);
  await bench.melt.change({ dieAtFrame: -1, shortAtFrame: 20 });
  assertEquals((await bench.render([0, 49])).code, 0);
  assertEquals((await readStamps(bench.film, { runner })).frames, 20);
});

Deno.test("fake melt hangs for as long as its settings say so", async () => {
  await using bench = await createBench({ ...FAST, hangAtFrame: 20 });
  const hung = Promise.withResolvers<void>();
  const onLine = (line: string): void => {
    if (line.includes("Current Frame:         19,")) hung.resolve();
  };
  const rendering = bench.render([0, 49], { onLine });
  await hung.promise;
  await bench.melt.change({ hangAtFrame: -1 });
  assertEquals((await rendering).code, 0);
});

Deno.test("fake melt answers questions as the real one does", async () => {
  await using bench = await createBench({});
  const { code, stderrTail, stdout } = await runner.run({
    program: bench.melt.path,
    args: ["--version"],
    timeoutMs: 30_000,
  });
  const answer = new TextDecoder().decode(stdout) + stderrTail;
  assertEquals([code, /^melt \d+\.\d+/m.test(answer)], [0, true], answer);
});

Deno.test("judgeNumbers() finds missing, repeated, misplaced and unreadable frames", () => {
  assert(isWhole(judgeNumbers([0, 1, 2], 3)));
  assertEquals(judgeNumbers([0, 2, 2, undefined, 4], 7), {
    frames: 5,
    missing: [
      { startFrame: 1, endFrame: 2 },
      { startFrame: 3, endFrame: 4 },
      { startFrame: 5, endFrame: 7 },
    ],
    duplicates: [2],
    misplaced: [{ place: 1, number: 2 }],
    unreadable: [3],
  });
});
