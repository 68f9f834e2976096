import { assert, assertEquals } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { ROOT_URL } from "./judge_import.ts";
import { fillTables, README_TABLES, tablePlaces } from "./readme_tables.ts";
import { readSource } from "./source_files.ts";

const readme = await readSource("README.md");

/** Padding is the formatter's business. */
function squeeze(text: string): string {
  return text.replaceAll(/ {2,}/g, " ").replaceAll(/-{3,}/g, "---").replaceAll(/\n{2,}/g, "\n");
}

Deno.test("README shows every table that the code knows, as the code has it (deno task readme)", () => {
  assertEquals(tablePlaces(readme).sort(), Object.keys(README_TABLES).sort());
  assertEquals(squeeze(readme), squeeze(fillTables(readme)));
});

Deno.test("README, .ci/run and the lock agree on Deno's version", async () => {
  const versions = (readme + await readSource(".ci/run")).matchAll(/deno@(\d+\.\d+\.\d+)/g);
  assertEquals([...new Set([...versions].map((match) => match[1]))], [Deno.version.deno]);
});

Deno.test("README names only files, folders and tasks that exist", async () => {
  const missing: string[] = [];
  // `NAME` stands for what the reader chooses.
  for (const [, path = ""] of readme.matchAll(/`((?:mod|cmd|certs|tests|\.ci)\/[\w./]*?)`/g)) {
    if (path.includes("NAME")) continue;
    try {
      await Deno.stat(new URL(path, ROOT_URL));
    } catch {
      missing.push(path);
    }
  }
  for (const [, task = ""] of readme.matchAll(/`deno task ([\w:]+)/g)) {
    if (!(task in denoJson.tasks)) missing.push(`deno task ${task}`);
  }
  assertEquals(missing, []);
});

Deno.test("every task of deno.json names files that exist", async () => {
  for (const command of Object.values(denoJson.tasks)) {
    for (const [path] of command.matchAll(/[\w./]+\.ts\b/g)) {
      const file = await Deno.stat(new URL(path, ROOT_URL)).catch(() => undefined);
      assert(file?.isFile === true, `${command}: there is no ${path}`);
    }
  }
});
