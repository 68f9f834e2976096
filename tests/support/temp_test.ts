import { assert, assertEquals, assertRejects } from "@std/assert";
import { makeTemp } from "./temp.ts";

Deno.test("makeTemp() removes the folder and what is in it at the end of the block", async () => {
  let path = "";
  {
    await using temp = await makeTemp("temp");
    path = temp.path;
    await Deno.writeTextFile(temp.at("a file"), "x");
    assertEquals(temp.at("a file"), `${path}/a file`);
    assert((await Deno.stat(path)).isDirectory);
  }
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
});
