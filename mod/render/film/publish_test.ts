import { assert, assertEquals, assertRejects } from "@std/assert";
import { DomainError, systemRandomBytes } from "../../core/mod.ts";
import { publishFile, unpublishedPath } from "./publish.ts";

async function inTempFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("publishFile() gives the film its name", () =>
  inTempFolder(async (folder) => {
    const to = `${folder}/-film 'a\"; %d Ёж🦔.mp4`;
    const from = unpublishedPath(to, systemRandomBytes);
    await Deno.writeTextFile(from, "new");
    await publishFile({ from, to }, { overwrite: false });
    assertEquals(await Deno.readTextFile(to), "new");
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).length, 1);
  }));

Deno.test("publishFile() replaces a file only if it may", () =>
  inTempFolder(async (folder) => {
    const [from, to] = [`${folder}/from`, `${folder}/to`];
    await Deno.writeTextFile(from, "new");
    await Deno.writeTextFile(to, "old");
    const error = await assertRejects(
      () => publishFile({ from, to }, { overwrite: false }),
      DomainError,
      "the file exists",
    );
    assertEquals(error.code, "output_refused");
    assertEquals(await Deno.readTextFile(to), "old");
    assertEquals(await Deno.readTextFile(from), "new");
    await publishFile({ from, to }, { overwrite: true });
    assertEquals(await Deno.readTextFile(to), "new");
    await assertRejects(() => publishFile({ from, to }, { overwrite: true }), DomainError, to);
  }));

Deno.test("unpublishedPath() is hidden, beside the film, never the same, and not too long", () => {
  const to = `/a b/${"Ё".repeat(120)}.mp4`;
  const path = unpublishedPath(to, systemRandomBytes);
  assert(path.startsWith("/a b/.Ё") && path.endsWith(".part"), path);
  assert(new TextEncoder().encode(path.slice("/a b/".length)).length <= 255);
  assert(unpublishedPath(to, systemRandomBytes) !== path);
  const plain = unpublishedPath("film.mp4", () => new Uint8Array(8));
  assertEquals(plain, ".film.mp4.olive-00000000.part");
});
