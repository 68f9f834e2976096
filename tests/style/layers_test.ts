import { assert, assertEquals } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { layerOf, packageOf } from "./judge_import.ts";
import { BUILTINS, GLOBALS, LAYERS, PACKAGES, TEST_RANK } from "./layers.ts";
import { holdsSource, listSourceFiles, readImports, readSource } from "./source_files.ts";

const files = await listSourceFiles();
const sources = new Map(
  await Promise.all(
    files.map(async (file): Promise<[string, string]> => [file, await readSource(file)]),
  ),
);
const imports = new Map(
  [...sources].map(([file, source]) => [file, readImports(file, source)] as const),
);

Deno.test("LAYERS has an entry for every folder that holds source", () => {
  assertEquals(files.filter((file) => layerOf(file) === undefined), []);
});

Deno.test("LAYERS has no entry for a folder that is gone", () => {
  const stale = LAYERS.filter(({ folder }) => !holdsSource(folder, files));
  assertEquals(stale.map(({ folder }) => folder), []);
});

Deno.test("LAYERS gives every closed folder a door", () => {
  const closed = LAYERS.filter((layer) => layer.isOpen === undefined && layer.rank !== TEST_RANK);
  const doorless = closed.filter(({ folder }) =>
    !folder.endsWith(".ts") && !files.includes(`${folder}/mod.ts`)
  );
  assertEquals(doorless.map(({ folder }) => folder), []);
});

Deno.test("PACKAGES, BUILTINS and GLOBALS name places that exist", () => {
  for (const place of [...PACKAGES, ...BUILTINS, ...GLOBALS]) {
    for (const folder of [...(place.onlyIn ?? []), ...(place.notIn ?? [])]) {
      assert(holdsSource(folder, files), `${place.name}: ${folder} holds no source`);
    }
  }
});

Deno.test("PACKAGES lists exactly what deno.json maps, and someone imports each", () => {
  const mapped = new Set(Object.keys(denoJson.imports).map((name) => name.replace(/\/$/, "")));
  assertEquals(PACKAGES.map(({ name }) => name).sort(), [...mapped].sort());
  const imported = new Set(
    [...imports.values()].flatMap(({ specifiers }) => specifiers.map(packageOf)),
  );
  assertEquals([...mapped].filter((name) => !imported.has(name)), []);
});

Deno.test("deno.json pins every package to an exact version", () => {
  const targets = Object.values(denoJson.imports).filter((target) => !target.startsWith("./"));
  assertEquals(targets.filter((target) => !/@\d+\.\d+\.\d+\/?$/.test(target)), []);
});

Deno.test("GLOBALS and LAYERS give a reason for every rule", () => {
  const reasons = [...LAYERS, ...PACKAGES, ...BUILTINS, ...GLOBALS].map(({ why }) => why);
  assertEquals(reasons.filter((why) => why.length < 8 || why.endsWith(".")), []);
});

Deno.test("no file loads itself through what it imports", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) circles.push([...trail.slice(at), file].join(" -> "));
    if (at >= 0 || done.has(file)) return;
    for (const next of imports.get(file)?.loaded ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  assertEquals(circles, []);
});
