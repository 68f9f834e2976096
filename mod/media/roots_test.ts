import { assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { resolveInsideRoots } from "./roots.ts";

async function inTempFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("resolveInsideRoots() follows links on both sides", () =>
  inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/root/deep`, { recursive: true });
    await Deno.writeTextFile(`${folder}/root/deep/a`, "");
    await Deno.symlink(`${folder}/root`, `${folder}/link`);
    await Deno.symlink(`${folder}/root/deep/a`, `${folder}/root/b`);
    const path = `${folder}/link/deep/../b`;
    assertEquals(await resolveInsideRoots(path, [`${folder}/root`]), `${folder}/root/deep/a`);
    assertEquals(await resolveInsideRoots(path, [`${folder}/link`]), `${folder}/root/deep/a`);
    assertEquals(await resolveInsideRoots(`${folder}/link`, [`${folder}/root`]), `${folder}/root`);
    assertEquals(await resolveInsideRoots(path, ["/"]), `${folder}/root/deep/a`);
  }));

Deno.test("resolveInsideRoots() refuses what lies outside, also behind a link or a like-named folder", () =>
  inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/root`);
    await Deno.mkdir(`${folder}/root2`);
    await Deno.writeTextFile(`${folder}/root2/a`, "");
    await Deno.symlink(`${folder}/root2/a`, `${folder}/root/leaves`);
    for (const path of [`${folder}/root/leaves`, `${folder}/root/../root2/a`, `${folder}/root2`]) {
      const error = await assertRejects(
        () => resolveInsideRoots(path, [`${folder}/none`, `${folder}/root`]),
        DomainError,
        path,
      );
      assertEquals(error.code, "path_refused");
      assertEquals(error.message.includes(`${folder}/root`), true);
    }
    await assertRejects(() => resolveInsideRoots(`${folder}/root`, []), DomainError);
    const missing = await assertRejects(
      () => resolveInsideRoots(`${folder}/root/x`, [`${folder}/root`]),
      DomainError,
    );
    assertEquals(missing.code, "file_not_found");
  }));
