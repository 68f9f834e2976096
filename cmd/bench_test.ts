import { assertEquals } from "@std/assert";
import { runCommand } from "../tests/support/command_farm.ts";
import { makeTemp } from "../tests/support/temp.ts";
import { readBenchmark, writeBenchmark } from "./benchmark_file.ts";
import { EXIT } from "./exit_codes.ts";

const BENCHMARK = { fps: 61.5, renderer: "melt 7", threads: 2, measuredAtMs: 1 };

Deno.test("readBenchmark() gives the score back only for what it was measured with", async () => {
  await using temp = await makeTemp("score");
  const dir = temp.at("state");
  assertEquals(await readBenchmark(dir, BENCHMARK), undefined);
  await writeBenchmark(dir, { ...BENCHMARK, fps: 1 });
  await writeBenchmark(dir, BENCHMARK);
  assertEquals(await readBenchmark(dir, BENCHMARK), BENCHMARK);
  assertEquals(await readBenchmark(dir, { ...BENCHMARK, threads: 1 }), undefined);
  assertEquals(await readBenchmark(dir, { ...BENCHMARK, renderer: "melt 8" }), undefined);
  for (const damaged of ["", "{", "null", '{"fps":0}', '{"fps":"9"}']) {
    await Deno.writeTextFile(temp.at("state", "benchmark.json"), damaged);
    assertEquals(await readBenchmark(dir, BENCHMARK), undefined);
  }
});

Deno.test("olive bench says what it wants, and which program is missing", async () => {
  assertEquals((await runCommand(["bench"])).code, EXIT.usage);
  assertEquals((await runCommand(["bench", "--score", "--threads", "0"])).code, EXIT.usage);
  const missing = await runCommand(["bench", "--score", "--melt", "/nonexistent/melt"]);
  assertEquals([missing.code, missing.stdout], [EXIT.programMissing, ""]);
});
