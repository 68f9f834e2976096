import { assert } from "@std/assert";
import { ROOT_URL } from "./judge_import.ts";

/** Tasks of `deno.json` that look at the whole tree. Being tests, they cannot be forgotten. */
const TASKS = ["fmt", "lint", "check", "doc"];

for (const task of TASKS) {
  Deno.test(`deno task ${task} finds nothing`, async () => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", task],
      cwd: ROOT_URL,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assert(success, decoder.decode(stdout) + decoder.decode(stderr));
  });
}
