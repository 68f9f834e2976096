import { DomainError, toFileError } from "../core/mod.ts";

/**
 * Resolves a path to its canonical form and makes sure that it lies in one of the allowed folders.
 *
 * Symbolic links are followed first, on both sides, so a link that leads out is refused.
 *
 * @param path Path of an existing file or folder.
 * @param roots Allowed folders; one that does not exist allows nothing.
 * @returns The canonical absolute path.
 * @throws {DomainError} `path_refused` if it lies outside; `file_not_found` if it does not exist;
 * `io_failed` if it cannot be looked at.
 */
export async function resolveInsideRoots(path: string, roots: readonly string[]): Promise<string> {
  const canonical = await realPathOf(path);
  for (const root of roots) {
    const folder = await Deno.realPath(root).catch(() => undefined);
    if (folder !== undefined && isInside(canonical, folder)) return canonical;
  }
  throw new DomainError(
    "path_refused",
    `Cannot use ${path}: it is outside of ${roots.length === 0 ? "every root" : roots.join(", ")}`,
    {
      hint: "Move the file, or add its folder to the allowed roots",
      details: { path: canonical, roots: [...roots] },
    },
  );
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw toFileError(cause, `Cannot use ${path}`);
    throw new DomainError("file_not_found", `Cannot use ${path}: it does not exist`, { cause });
  }
}

/** Whether a canonical path is the folder or in it: `/a/bc` is not in `/a/b`. */
function isInside(path: string, folder: string): boolean {
  const separator = Deno.build.os === "windows" ? "\\" : "/";
  const prefix = folder.endsWith(separator) ? folder : folder + separator;
  return path === folder || path.startsWith(prefix);
}
