import { isWithin, resolveImport, ROOT_URL } from "./judge_import.ts";

const SKIPPED = [".git", "node_modules", "dist", "tests/fixtures"];

/** Every TypeScript file of the repository, as paths from its root, sorted. */
export async function listSourceFiles(folder = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder === "" ? "." : folder, ROOT_URL))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (SKIPPED.includes(path)) continue;
    if (entry.isDirectory) files.push(...await listSourceFiles(path));
    else if (path.endsWith(".ts")) files.push(path);
  }
  return files.sort();
}

/** Text of a file of the repository. */
export async function readSource(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT_URL));
}

/** What one file imports. */
export interface FileImports {
  /** Specifiers as written, of every kind of import. */
  readonly specifiers: readonly string[];
  /** Files that are loaded when this one is: neither types nor `import()`. */
  readonly loaded: readonly string[];
}

/** Reads the imports of a file with Deno's own parser. Works in `deno test` only. */
export function readImports(path: string, source: string): FileImports {
  const specifiers: string[] = [];
  const loaded: string[] = [];
  const note = (value: unknown, isLoaded: boolean): void => {
    if (typeof value !== "string") return;
    specifiers.push(value);
    if (isLoaded && value.startsWith(".")) loaded.push(resolveImport(path, value));
  };
  visit(path, source, {
    ImportDeclaration: (node) => note(node.source.value, loadsCode(node)),
    ExportAllDeclaration: (node) => note(node.source.value, node.exportKind !== "type"),
    ExportNamedDeclaration: (node) => note(node.source?.value, node.exportKind !== "type"),
    ImportExpression: (node) => node.source.type === "Literal" && note(node.source.value, false),
  });
  return { specifiers, loaded };
}

/** `import type` loads nothing, and neither does `import { type A }`. */
function loadsCode(node: Deno.lint.ImportDeclaration): boolean {
  if (node.importKind === "type") return false;
  if (node.specifiers.length === 0) return true;
  return node.specifiers.some((specifier) =>
    specifier.type !== "ImportSpecifier" || specifier.importKind !== "type"
  );
}

/** Walks the syntax tree of a file. Works in `deno test` only. */
export function visit(path: string, source: string, visitor: Deno.lint.LintVisitor): void {
  Deno.lint.runPlugin({ name: "visit", rules: { visit: { create: () => visitor } } }, path, source);
}

/** Whether a folder holds a source file. */
export function holdsSource(folder: string, files: readonly string[]): boolean {
  return files.some((file) => isWithin(file, folder));
}
