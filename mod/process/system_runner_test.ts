import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { createSystemRunner, type RunningProgram } from "./mod.ts";

const runner = createSystemRunner({ env: (name) => Deno.env.get(name) });
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** What a process runs; empty for one that has ended, reaped or not. */
async function commandLineOf(pid: string): Promise<string> {
  try {
    return await Deno.readTextFile(`/proc/${pid}/cmdline`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

Deno.test("ProcessRunner.run() returns exit code, output and last words", async () => {
  const outcome = await runner.run({
    program: "sh",
    args: ["-c", "echo out; echo err >&2; exit 3"],
    timeoutMs: 10_000,
  });
  assertEquals([outcome.code, outcome.endedBy, text(outcome.stdout)], [3, "exit", "out\n"]);
  assertEquals(outcome.stderrTail, "err\n");
});

Deno.test("ProcessRunner.run() feeds standard input", async () => {
  const outcome = await runner.run({
    program: "cat",
    args: [],
    stdin: [new TextEncoder().encode("a"), new TextEncoder().encode("b")],
    timeoutMs: 10_000,
  });
  assertEquals(text(outcome.stdout), "ab");
});

Deno.test("ProcessRunner.run() kills the whole process tree at its deadline", async () => {
  const pids: string[] = [];
  const outcome = await runner.run({
    program: "sh",
    args: ["-c", "sleep 321 & echo $! >&2; sleep 322"],
    onStderrLine: (line) => pids.push(line),
    timeoutMs: 300,
  });
  assertEquals([outcome.endedBy, outcome.code], ["timeout", 137]);
  assert(pids.length === 1);
  assertEquals(await commandLineOf(pids[0] ?? ""), "");
});

Deno.test("ProcessRunner.run() ends with the caller's signal", async () => {
  const abort = new AbortController();
  const running = runner.run({
    program: "sh",
    args: ["-c", "echo ready >&2; sleep 323"],
    onStderrLine: () => abort.abort(),
    timeoutMs: 10_000,
    signal: abort.signal,
  });
  assertEquals((await running).endedBy, "signal");
});

Deno.test("ProcessRunner.run() says which program is missing and how to get it", async () => {
  const error = await assertRejects(
    () => runner.run({ program: "no-such-program", args: [], timeoutMs: 1_000 }),
    DomainError,
    'Cannot find the program "no-such-program"',
  );
  assertEquals(error.code, "program_missing");
  assertStringIncludes(error.hint ?? "", "apt-get install");
});

Deno.test("ProcessRunner.run() passes no environment on but the minimum", async () => {
  Deno.env.set("OLIVE_TEST_SECRET", "x");
  const outcome = await runner.run({ program: "env", args: [], timeoutMs: 10_000 });
  Deno.env.delete("OLIVE_TEST_SECRET");
  assert(!text(outcome.stdout).includes("OLIVE_TEST_SECRET"));
});

Deno.test("run() tells how many threads the program has while it runs", async () => {
  const counted: (number | undefined)[] = [];
  const seen = Promise.withResolvers<RunningProgram>();
  const stop = new AbortController();
  const running = runner.run({
    ...{ program: "sleep", args: ["60"], timeoutMs: 10_000, signal: stop.signal },
    onStarted: seen.resolve,
  });
  const program = await seen.promise;
  counted.push(await program.countThreads());
  stop.abort();
  await running;
  counted.push(await program.countThreads());
  assertEquals(counted, Deno.build.os === "linux" ? [1, undefined] : [undefined, undefined]);
});
