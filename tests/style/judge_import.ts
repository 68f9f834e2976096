import { BUILTINS, type Layer, LAYERS, PACKAGES, type Place, TEST_RANK } from "./layers.ts";

/** Root of the repository as a `file:` URL with a slash at the end. */
export const ROOT_URL = new URL("../../", import.meta.url);

/** Path from the root of the repository; a relative path is taken as such already. */
export function repositoryPath(filename: string): string {
  const root = decodeURIComponent(ROOT_URL.pathname);
  return filename.startsWith(root) ? filename.slice(root.length) : filename;
}

/** Whether a path is a folder, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + "/");
}

/** The innermost layer that a file belongs to, `undefined` if none lists it. */
export function layerOf(path: string): Layer | undefined {
  let found: Layer | undefined;
  for (const layer of LAYERS) {
    if (!isWithin(path, layer.folder)) continue;
    if (found === undefined || layer.folder.length > found.folder.length) found = layer;
  }
  return found;
}

/** Whether a file is a test or serves tests. */
export function isTestCode(path: string): boolean {
  return path.endsWith("_test.ts") || layerOf(path)?.rank === TEST_RANK;
}

/**
 * Says why a file may not use a package, builtin or global.
 *
 * @param path File from the root of the repository.
 * @param place Where the thing may be used.
 * @returns The reason, `undefined` if it may.
 */
export function judgePlace(path: string, place: Place): string | undefined {
  if (place.isForTests && isTestCode(path)) return undefined;
  const isListed = place.onlyIn?.some((folder) => isWithin(path, folder)) ?? true;
  const isBanned = place.notIn?.some((folder) => isWithin(path, folder)) ?? false;
  if (isListed && !isBanned) return undefined;
  return `Cannot use ${place.name} in ${path}: ${place.why} (${placesOf(place)})`;
}

function placesOf(place: Place): string {
  if (place.onlyIn === undefined) return `not in ${place.notIn?.join(", ")}`;
  const places = [...place.onlyIn, ...(place.isForTests ? ["tests"] : [])];
  return places.length === 0 ? "allowed nowhere" : `only in ${places.join(", ")}`;
}

/** The package that a bare specifier names: `@hono/node-server/x` is `@hono/node-server`. */
export function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The file that a relative specifier names, from the root of the repository. */
export function resolveImport(path: string, specifier: string): string {
  const base = new URL(path, "file:///");
  return decodeURIComponent(new URL(specifier, base).pathname.slice(1));
}

/**
 * Says why a file may not import something.
 *
 * @param path Importing file, from the root of the repository.
 * @param specifier What it imports, as written.
 * @returns The reason, `undefined` if it may.
 */
export function judgeImport(path: string, specifier: string): string | undefined {
  if (/^\.{1,2}\//.test(specifier)) return judgeLocal(path, resolveImport(path, specifier));
  if (specifier.startsWith("node:")) return judgeBuiltin(path, specifier);
  if (/^[a-z]+:/.test(specifier) || specifier.startsWith("/")) {
    return `Cannot import ${specifier}: names and versions are in deno.json, import the bare name`;
  }
  const name = packageOf(specifier);
  const place = PACKAGES.find((entry) => entry.name === name);
  if (place === undefined) {
    return `Cannot import ${name}: it has no entry in tests/style/layers.ts that says where and why`;
  }
  return judgePlace(path, place);
}

function judgeBuiltin(path: string, specifier: string): string | undefined {
  if (layerOf(path)?.rank === 0 && !isTestCode(path)) {
    return `Cannot import ${specifier} in ${path}: ${layerOf(path)?.why}`;
  }
  const place = BUILTINS.find((entry) => entry.name === specifier);
  return place === undefined ? undefined : judgePlace(path, place);
}

function judgeLocal(path: string, target: string): string | undefined {
  const from = layerOf(path);
  const to = layerOf(target);
  if (from === undefined) {
    return `Cannot place ${path}: its folder has no entry in tests/style/layers.ts`;
  }
  if (to === undefined) return judgeLoose(path, target);
  if (from === to) return undefined;
  return judgeRank({ path, from, to }) ?? judgeDoor(target, to);
}

/** Files outside of every layer: tests may read the project's own `deno.json` and fixtures. */
function judgeLoose(path: string, target: string): string | undefined {
  if (isTestCode(path) || target === "deno.json") return undefined;
  return `Cannot import ${target}: its folder has no entry in tests/style/layers.ts`;
}

function judgeRank(edge: { path: string; from: Layer; to: Layer }): string | undefined {
  const { path, from, to } = edge;
  if (isTestCode(path)) return undefined;
  if (to.rank === TEST_RANK) {
    return `Cannot import ${to.folder} in ${path}: it is for tests only (${to.why})`;
  }
  if (to.folder === "mod/std") {
    return `Cannot import mod/std in ${path}: write @std/..., so that deno.json can map it`;
  }
  if (to.rank < from.rank) return undefined;
  const relation = to.rank === from.rank
    ? `both have rank ${to.rank}, and siblings never meet: declare the interface you need, cmd/ joins them`
    : `it has rank ${to.rank}, ${from.folder} has ${from.rank}, and arrows point down only`;
  return `Cannot import ${to.folder} in ${path}: ${relation}. ${to.folder}: ${to.why}. ${from.folder}: ${from.why}`;
}

function judgeDoor(target: string, to: Layer): string | undefined {
  if (to.isOpen !== undefined || target === to.folder || target === `${to.folder}/mod.ts`) {
    return undefined;
  }
  return `Cannot import ${target}: the door of ${to.folder} is ${to.folder}/mod.ts, which keeps the rest free to change`;
}
