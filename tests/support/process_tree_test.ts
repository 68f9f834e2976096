import { assert, assertEquals } from "@std/assert";
import { until } from "../../mod/testing/mod.ts";
import { findProcess, isAlive, listDescendants } from "./process_tree.ts";

Deno.test("listDescendants() finds children of children until they end", async () => {
  const child = new Deno.Command("sh", {
    args: ["-c", "sh -c 'sleep 331 & wait' & wait"],
    stdin: "null",
  }).spawn();
  const sleepers = async (): Promise<number[]> =>
    (await listDescendants(child.pid)).filter(({ command }) => command[0] === "sleep")
      .map(({ pid }) => pid);
  try {
    await until(async () => (await sleepers()).length === 1, { what: "the grandchild" });
    const [sleeper = 0] = await sleepers();
    assert(await isAlive(sleeper));
    Deno.kill(sleeper, "SIGKILL");
    await until(async () => !await isAlive(sleeper), { what: "the grandchild to end" });
  } finally {
    await child.status;
  }
  assertEquals(await findProcess(child.pid), undefined);
  assertEquals(await listDescendants(child.pid), []);
});
