import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { isAlive } from "./process_tree.ts";
import { OliveProcess, runOlive, showOnFailure } from "./olive.ts";
import { makeTemp, type TempFolder } from "./temp.ts";

// These tests are about the tool, so they give it a script for a program.
async function startScript(temp: TempFolder, script: string): Promise<OliveProcess> {
  const path = temp.at("script");
  await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return new OliveProcess(["first", "a b;c"], { command: [path], env: { WORD: "given" } });
}

Deno.test("OliveProcess passes arguments and environment as they are", async () => {
  await using temp = await makeTemp("process");
  await using olive = await startScript(temp, `echo "$2 $WORD"; echo err >&2; exit 3`);
  assertEquals(await olive.waitForEnd(), { code: 3, stdout: "a b;c given\n", stderr: "err\n" });
});

Deno.test("OliveProcess.waitFor() returns the groups of what it waited for", async () => {
  await using temp = await makeTemp("process");
  await using olive = await startScript(temp, "echo port 4711; exec sleep 341");
  assertEquals((await olive.waitFor(/port (\d+)/))[1], "4711");
});

Deno.test("OliveProcess.waitFor() shows the output when the program ends before", async () => {
  await using temp = await makeTemp("process");
  await using olive = await startScript(temp, "echo last words >&2");
  const error = await assertRejects(() => olive.waitFor(/never/), Error);
  assertStringIncludes(error.message, "It ended before /never/");
  assertStringIncludes(error.message, "last words");
});

Deno.test("OliveProcess.waitFor() gives up at its deadline", async () => {
  await using temp = await makeTemp("process");
  await using olive = await startScript(temp, "exec sleep 342");
  const wait = olive.waitFor(/never/, { timeoutMs: 50, what: "the moon" });
  assertStringIncludes((await assertRejects(() => wait, Error)).message, "50 ms for the moon");
});

Deno.test("OliveProcess.stop() lets the program end by itself", async () => {
  await using temp = await makeTemp("process");
  await using olive = await startScript(
    temp,
    `trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done`,
  );
  await olive.waitFor(/ready/);
  const { code, stdout } = await olive.stop();
  assertEquals([code, stdout], [0, "ready\nbye\n"]);
});

Deno.test("OliveProcess.kill() ends the program at once and proves it", async () => {
  await using temp = await makeTemp("process");
  await using olive = await startScript(temp, "trap '' TERM; echo ready; exec sleep 343");
  await olive.waitFor(/ready/);
  await olive.kill();
  assertEquals((await olive.outcome).code, 137);
  assertEquals(await isAlive(olive.pid), false);
});

Deno.test("OliveProcess leaves no child of its group behind when disposed of", async () => {
  await using temp = await makeTemp("process");
  let child = 0;
  {
    await using olive = await startScript(temp, "sleep 344 & echo child $!; wait");
    child = Number((await olive.waitFor(/child (\d+)/))[1]);
    assert(await isAlive(child));
  }
  assertEquals(await isAlive(child), false);
});

Deno.test("showOnFailure() passes on what the body returns and throws", async () => {
  assertEquals(await showOnFailure([], () => Promise.resolve(7)), 7);
  await assertRejects(
    () => showOnFailure([], () => Promise.reject(new RangeError("x"))),
    RangeError,
  );
});

Deno.test("runOlive() runs the program itself", async () => {
  const { code, stdout, stderr } = await runOlive(["version"]);
  assertEquals([code, stderr], [0, ""]);
  assert(/\d+\.\d+\.\d+/.test(stdout), stdout);
});
