import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "./mod.ts";

Deno.test("every command is listed as it calls itself", async () => {
  for (const { name, summary, load } of COMMANDS) {
    const command = await load();
    assertEquals([command.name, command.summary], [name, summary]);
  }
});

Deno.test("every command's help has two examples that can be run", async () => {
  for (const { name, load } of COMMANDS) {
    const [, examples = ""] = (await load()).usage.split("\nExamples:\n");
    const runnable = examples.split("\n").filter((line) => line.startsWith(`  olive ${name}`));
    assert(runnable.length >= 2, `${name}: ${runnable.length} examples`);
  }
});
