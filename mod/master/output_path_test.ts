import { assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { getPreset } from "../render/mod.ts";
import { decideOutputPath, type OutputRequest } from "./output_path.ts";

async function withFolder(
  act: (folder: string, request: OutputRequest) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "olive-output-" });
  try {
    await act(folder, {
      projectPath: `${folder}/film one.ove`,
      outputPath: undefined,
      preset: getPreset("h264"),
      overwrite: false,
      resolveFolder: (path) => Promise.resolve(path),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function refusal(request: OutputRequest): Promise<string> {
  const error = await assertRejects(() => decideOutputPath(request), DomainError);
  assertEquals(error.code, "output_refused");
  return error.message;
}

Deno.test("decideOutputPath() puts the film beside the project by default", () =>
  withFolder(async (folder, request) => {
    assertEquals(await decideOutputPath(request), `${folder}/film one.mp4`);
  }));

Deno.test("decideOutputPath() keeps an existing film unless told otherwise", () =>
  withFolder(async (folder, request) => {
    await Deno.writeTextFile(`${folder}/film one.mp4`, "old");
    assertEquals(await refusal(request), `Cannot write ${folder}/film one.mp4: it exists`);
    assertEquals(
      await decideOutputPath({ ...request, overwrite: true }),
      `${folder}/film one.mp4`,
    );
  }));

Deno.test("decideOutputPath() refuses folders, links, missing folders and foreign extensions", () =>
  withFolder(async (folder, request) => {
    await Deno.mkdir(`${folder}/x.mp4`);
    await Deno.symlink("/etc/hostname", `${folder}/l.mp4`);
    for (const name of ["x.mp4", "l.mp4", "none/x.mp4", "x.avi", "x"]) {
      await refusal({ ...request, outputPath: `${folder}/${name}`, overwrite: true });
    }
    await refusal({ ...request, outputPath: "x.mp4" });
  }));
