import { assert, assertEquals } from "@std/assert";
import { writeBenchmark } from "../../cmd/benchmark_file.ts";
import { measureScore } from "../../cmd/measure_score.ts";
import { createSystemClock } from "../../mod/core/mod.ts";
import { createSystemRunner, DEFAULT_PROGRAMS } from "../../mod/process/mod.ts";
import { detectMelt } from "../../mod/render/mod.ts";
import { until } from "../../mod/testing/mod.ts";
import { withFarm } from "../support/farm.ts";

const PROCESSES = createSystemRunner({ env: (name) => Deno.env.get(name) });

Deno.test("measureScore() renders frames of the sample and leaves nothing behind", async () => {
  const before = await countScoreFolders();
  const seen: number[] = [];
  const score = await measureScore({
    clock: createSystemClock(),
    processes: PROCESSES,
    programs: DEFAULT_PROGRAMS,
  }, { threads: 1, frames: 10, onProgress: (framesDone) => seen.push(framesDone) });
  assert(score.fps > 0 && Number.isFinite(score.fps), `${score.fps} fps`);
  assertEquals([score.frames, seen.at(-1)], [10, 10]);
  assertEquals(await countScoreFolders(), before);
});

async function countScoreFolders(): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir(Deno.env.get("TMPDIR") ?? "/tmp")) {
    if (name.startsWith("olive-score-")) count++;
  }
  return count;
}

Deno.test("a worker tells the master the score that is kept on its machine", async () => {
  await withFarm({ workers: ["one"] }, async (farm) => {
    const { stateDir, process } = farm.worker("one");
    await process.stop();
    const melt = await detectMelt({ processes: PROCESSES, programs: DEFAULT_PROGRAMS });
    await writeBenchmark(stateDir, {
      fps: 61.5,
      renderer: `melt ${melt?.version}`,
      threads: 1,
      measuredAtMs: 1,
    });
    await farm.startWorker("one");
    const client = await farm.client();
    let scores: readonly number[] = [];
    await until(async () => {
      // Of the worker's last run too, for as long as it is not known to be over.
      scores = (await client.listWorkers()).workers.map(({ benchmarkFps }) => benchmarkFps);
      return scores[0] === 61.5;
    }, { what: "the score to be told", timeoutMs: 30_000, dump: () => scores });
  });
});
