import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createSystemClock, DomainError } from "../core/mod.ts";
import { createLogger } from "../log/mod.ts";
import { createSystemRunner } from "../process/mod.ts";
import { until } from "../testing/mod.ts";
import { openStateDir, type StateDir } from "./mod.ts";
import { createProcessTable } from "./process_table.ts";

const runner = createSystemRunner({ env: (name) => Deno.env.get(name) });
const processes = createProcessTable();
const isLinux = Deno.build.os === "linux";

async function open(folder: string, log: string[] = []): Promise<StateDir> {
  const clock = createSystemClock();
  return await openStateDir(folder, {
    clock,
    logger: createLogger({ clock, sink: (line) => log.push(line) }),
  });
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "olive-state-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);
}

/** Whether a process runs; one that has ended and waits to be reaped does not. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    return (await Deno.readTextFile(`/proc/${pid}/cmdline`)) !== "";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("openStateDir() refuses a folder that another worker has", async () => {
  await withFolder(async (folder) => {
    const first = await open(folder);
    const error = await assertRejects(() => open(folder), DomainError, "another worker has it");
    assertEquals(error.code, "config_invalid");
    assertStringIncludes(error.message, `process ${Deno.pid}`);
    assertStringIncludes(error.hint ?? "", "--state-dir");
    await first.close();
    await (await open(folder)).close();
  });
});

Deno.test("openStateDir() removes work folders and leaves the outbox", async () => {
  await withFolder(async (folder) => {
    const log: string[] = [];
    const first = await open(folder, log);
    await Deno.mkdir(join(first.attemptsFolder, "a1", "work"), { recursive: true });
    await Deno.writeTextFile(join(first.outboxFolder, "a2.result"), "x");
    await first.close();
    assertEquals(log, []);
    const second = await open(folder, log);
    assertEquals(await namesIn(second.attemptsFolder), []);
    assertEquals(await namesIn(second.outboxFolder), ["a2.result"]);
    assertEquals(log.length, 1);
    await second.close();
  });
});

// What a worker does, in a process that can be killed: it renders with a program that has a child.
const VICTIM = `
import { createSystemClock } from "${import.meta.resolve("../core/mod.ts")}";
import { createLogger } from "${import.meta.resolve("../log/mod.ts")}";
import { createSystemRunner } from "${import.meta.resolve("../process/mod.ts")}";
import { openStateDir } from "${import.meta.resolve("./mod.ts")}";
const clock = createSystemClock();
const logger = createLogger({ clock, sink: () => undefined });
const state = await openStateDir(Deno.args[0], { clock, logger });
const runner = createSystemRunner({ env: (name) => Deno.env.get(name), onGroup: state.onGroup });
await runner.run({
  program: "sh",
  args: ["-c", "sleep 3219 & echo $! >&2; wait"],
  onStderrLine: (line) => Deno.writeTextFileSync(Deno.args[1], line),
  timeoutMs: 60_000,
});
`;

Deno.test({
  name: "openStateDir() ends what a killed worker's programs had started",
  ignore: !isLinux,
  fn: async () => {
    await withFolder(async (folder) => {
      const script = join(folder, "victim.ts");
      const pidFile = join(folder, "pid");
      const state = join(folder, "state");
      await Deno.writeTextFile(script, VICTIM);
      const killed = new AbortController();
      const config = join(import.meta.dirname ?? "", "../../deno.json");
      const victim = runner.run({
        program: Deno.execPath(),
        args: ["run", "-A", "--no-check", "--config", config, script, state, pidFile],
        timeoutMs: 60_000,
        signal: killed.signal,
      });
      const grandchild = async (): Promise<number> =>
        Number(await Deno.readTextFile(pidFile).catch(() => "0"));
      await until(async () => await grandchild() > 0, { what: "the render", timeoutMs: 30_000 });
      const pid = await grandchild();
      killed.abort();
      assertEquals((await victim).code, 137);
      // The fault has happened: the kernel ended the program itself, but not its child.
      assert(await isRunning(pid), "the child did not outlive its worker: nothing is tested");
      const log: string[] = [];
      const again = await open(state, log);
      await until(async () => !(await isRunning(pid)), { what: "the end of the leftover" });
      assertStringIncludes(log.join(""), "1 process groups");
      assertEquals(await namesIn(join(state, "groups")), [
        "alive",
      ]);
      await again.close();
    });
  },
});

Deno.test({
  name: "openStateDir() leaves a process alone that only has the number of an old one",
  ignore: !isLinux,
  fn: async () => {
    await withFolder(async (folder) => {
      const stop = new AbortController();
      const groups: number[] = [];
      const watched = createSystemRunner({
        env: (name) => Deno.env.get(name),
        onGroup: (groupId) => groups.push(groupId),
      });
      const stranger = watched.run({
        program: "sleep",
        args: ["3218"],
        timeoutMs: 60_000,
        signal: stop.signal,
      });
      await until(() => groups.length === 1, { what: "the stranger" });
      const [groupId = 0] = groups;
      const first = await open(folder);
      first.onGroup(groupId, true);
      await first.close();
      const file = join(folder, "groups", String(groupId));
      const record = JSON.parse(await Deno.readTextFile(file));
      assertEquals(record.startTicks, processes.find(groupId)?.startTicks);
      await Deno.writeTextFile(
        file,
        JSON.stringify({ ...record, startTicks: record.startTicks - 1 }),
      );
      await (await open(folder)).close();
      assert(await isRunning(groupId), "the stranger was killed");
      stop.abort();
      await stranger;
    });
  },
});
