import { DomainError, isDomainError, PROJECT_SIZE_BYTES_MAX, toFileError } from "../core/mod.ts";
import { resolveInsideRoots } from "../media/mod.ts";

/**
 * Finds the file that a person named.
 *
 * @param path Absolute path.
 * @param roots Folders that projects may lie in.
 * @returns Canonical absolute path.
 * @throws {DomainError} `project_not_found` if there is no such file; `path_refused` outside the roots.
 */
export async function resolveProjectPath(path: string, roots: readonly string[]): Promise<string> {
  try {
    const canonical = await resolveInsideRoots(path, roots);
    if ((await Deno.stat(canonical)).isFile) return canonical;
  } catch (error) {
    if (!isDomainError(error, "file_not_found")) throw error;
  }
  throw new DomainError("project_not_found", `Cannot find project ${path}`, {
    hint: "The path must be one of the master's machine",
  });
}

/**
 * Reads a project file within its size limit.
 *
 * @throws {DomainError} `project_invalid` if it is too large, `io_failed` if it cannot be read.
 */
export async function readProjectBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await Deno.stat(path);
    if (size > PROJECT_SIZE_BYTES_MAX) {
      throw new DomainError(
        "project_invalid",
        `Cannot read project ${path}: ${size} bytes, at most ${PROJECT_SIZE_BYTES_MAX} are allowed`,
      );
    }
    return await Deno.readFile(path);
  } catch (error) {
    throw toFileError(error, `Cannot read project ${path}`);
  }
}
