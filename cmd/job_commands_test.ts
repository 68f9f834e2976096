import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { TestFarm } from "../mod/testing/mod.ts";
import type { JobDetail, JobLogs, JobView } from "../mod/wire/mod.ts";
import { runCommand, withCommandFarm } from "../tests/support/command_farm.ts";
import { EXIT } from "./exit_codes.ts";

/** `j1` waits; `j2` failed on its only worker; `j3` was cancelled. */
async function threeJobs(test: TestFarm): Promise<void> {
  await test.submitOneFrame("j2");
  const worker = await test.worker("attic");
  await worker.fail(await worker.take(), "melt: no such effect\nmelt: giving up");
  await test.submit("j3");
  await test.farm.cancelJob({ jobId: "j3", by: "anna" });
  await test.submit("j1");
}

Deno.test("olive pause, resume, priority, retry and cancel change jobs and print their state", async () => {
  await withCommandFarm({ history: threeJobs }, async (farm) => {
    const line = async (argv: string[]): Promise<string> => {
      const { code, stdout, stderr } = await farm.olive(argv);
      assertEquals([code, stderr], [EXIT.ok, ""], argv.join(" "));
      return stdout;
    };
    assertEquals(await line(["pause", "j1"]), "j1 paused, priority 50\n");
    assertEquals(await line(["resume", "j1"]), "j1 queued, priority 50\n");
    assertEquals(await line(["priority", "j1", "90"]), "j1 queued, priority 90\n");
    assertEquals(await line(["retry", "j2"]), "j2 queued, priority 50\n");
    assertEquals(
      await line(["cancel", "j1", "j2"]),
      "j1 cancelled, priority 90\nj2 cancelled, priority 50\n",
    );
    const job = JSON.parse(await line(["cancel", "j1", "--json"])) as JobView;
    assertEquals([job.id, job.state], ["j1", "cancelled"]);
  });
});

Deno.test("a command for several jobs goes on after one that it cannot change", async () => {
  await withCommandFarm({ history: threeJobs }, async (farm) => {
    const { code, stdout, stderr } = await farm.olive(["retry", "nothing", "j1", "j2"]);
    assertEquals([code, stdout], [EXIT.failed, "j2 queued, priority 50\n"]);
    assertStringIncludes(stderr, "Cannot find job nothing");
    assertStringIncludes(stderr, "Cannot retry job j1: it is queued");
  });
});

Deno.test("olive job shows parts with their attempts", async () => {
  await withCommandFarm({ history: threeJobs }, async (farm) => {
    const { code, stdout } = await farm.olive(["job", "j2"]);
    assertEquals(code, EXIT.ok);
    assertMatch(stdout, /^Job j2 {2}j2\n/);
    assertMatch(stdout, /^0\.\.0 +\S+ +attic +failed +.*Cannot render: the renderer exited/m);
    const detail = JSON.parse((await farm.olive(["job", "j2", "--json"])).stdout) as JobDetail;
    assertEquals(detail.parts.flatMap((part) => part.attempts).map(({ worker }) => worker), [
      "attic",
    ]);
    const unknown = await farm.olive(["job", "nothing"]);
    assertEquals([unknown.code, unknown.stdout], [EXIT.failed, ""]);
  });
});

Deno.test("olive logs prints what renderers said, and can be narrowed", async () => {
  await withCommandFarm({ history: threeJobs }, async (farm) => {
    const { code, stdout } = await farm.olive(["logs", "j2"]);
    assertEquals(code, EXIT.ok);
    assertMatch(stdout, /attic {2}frames 0\.\.0 {2}failed: Cannot render/);
    assertStringIncludes(stdout, "\n  melt: no such effect\n  melt: giving up\n");
    const json = async (argv: string[]): Promise<JobLogs> =>
      JSON.parse((await farm.olive(["logs", "j2", "--json", ...argv])).stdout);
    assertEquals((await json(["--failed"])).logs.length, 1);
    assertEquals((await json(["--worker", "cellar"])).logs, []);
    const silent = await farm.olive(["logs", "j1"]);
    assertEquals([silent.code, silent.stdout], [EXIT.ok, ""]);
    assertStringIncludes(silent.stderr, "had anything to say");
    assertEquals((await farm.olive(["logs", "nothing"])).code, EXIT.failed);
  });
});

Deno.test("olive workers lists workers with their score, and only those that are here", async () => {
  await withCommandFarm({ history: threeJobs }, async (farm) => {
    const { stdout } = await farm.olive(["workers"]);
    assertMatch(stdout, /^attic +offline +1 +4 +fake 1 +100 fps +192\.0\.2\.1 +last seen 2026-/m);
    assertStringIncludes((await farm.olive(["workers", "--online"])).stdout, "olive worker");
    const { workers } = JSON.parse((await farm.olive(["workers", "--json"])).stdout);
    assertEquals(workers.length, 1);
  });
});

Deno.test("olive wait exits with the worst outcome", async () => {
  await withCommandFarm({ history: threeJobs }, async (farm) => {
    const cancelled = await farm.olive(["wait", "j3"]);
    assertEquals([cancelled.code, cancelled.stdout], [EXIT.jobCancelled, ""]);
    const both = await farm.olive(["wait", "j2", "j3", "j2", "--json"]);
    const events = both.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(both.code, EXIT.jobFailed);
    assertEquals(events.map(({ event, job }) => `${event} ${job.id}`), [
      "failed j2",
      "cancelled j3",
    ]);
  });
});

Deno.test("olive wait sees a job end that had not when it began", async () => {
  await withCommandFarm({ history: threeJobs }, async (farm) => {
    let cancelling: Promise<unknown> | undefined;
    const { code, stderr } = await farm.olive(["wait", "j1"], {
      onListening: () => cancelling = farm.olive(["cancel", "j1"]),
    });
    await cancelling;
    assertEquals(code, EXIT.jobCancelled);
    assertStringIncludes(stderr, "Job j1 cancelled: Cancelled by anna");
  });
});

Deno.test("olive wait ends with its own codes when the time is over and after Ctrl-C", async () => {
  await withCommandFarm({ history: threeJobs }, async (farm) => {
    const late = await farm.olive(["wait", "j1", "--timeout", "0.01"]);
    assertEquals(late.code, EXIT.timeout);
    assertStringIncludes(late.stderr, "the jobs have not ended");
    const interrupted = await farm.olive(["wait", "j1"], {
      onListening: (interrupt) => interrupt(),
    });
    assertEquals(interrupted.code, EXIT.interrupted);
    assertEquals((await farm.olive(["wait", "nothing"])).code, EXIT.failed);
  });
});

for (
  const [argv, message] of [
    [["retry"], "Cannot retry: no job given"],
    [["pause"], "Cannot pause: no job given"],
    [["resume"], "Cannot resume: no job given"],
    [["cancel"], "Cannot cancel: no job given"],
    [["wait"], "Cannot wait: no job given"],
    [["wait", "j1", "--timeout", "soon"], "Cannot use --timeout soon"],
    [["wait", "j1", "--timeout", "0"], "Cannot use --timeout 0"],
    [["job"], "Cannot show the job: no job given"],
    [["job", "j1", "j2"], "Cannot show the job: one job at a time, given 2"],
    [["logs", "j1", "j2"], "Cannot show logs: one job at a time, given 2"],
    [["priority", "j1"], "Cannot set priority: wants a job and a number"],
    [["priority", "j1", "101"], "Cannot use priority 101"],
    [["priority", "j1", "high"], "Cannot use priority high"],
  ] as const
) {
  Deno.test(`olive ${argv.join(" ")} is a wrong use`, async () => {
    const { code, stdout, stderr } = await runCommand(argv);
    assertEquals([code, stdout], [EXIT.usage, ""]);
    assert(stderr.startsWith(`olive: ${message}`), stderr);
  });
}
