import { join } from "@std/path";
import { DomainError } from "../mod/core/mod.ts";
import { PROJECTS_TO_COME_MAX } from "../mod/wire/mod.ts";

/** Extension of project files. */
const PROJECT_EXTENSION = ".ove";
/** Folders within folders that are looked into. */
const DEPTH_MAX = 32;
/** More projects than that are taken for a mistake in the folder's name. */
export const FOLDER_PROJECTS_MAX = PROJECTS_TO_COME_MAX;

/**
 * Every project below a folder, without hidden folders and files.
 *
 * @param folder Absolute path.
 * @returns Paths relative to it, sorted; at least one.
 * @throws {DomainError} `project_not_found` if the folder or any project is missing, `too_many`.
 */
export async function findProjects(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  await walk({ folder, relative: "", depth: 0, found });
  if (found.length > 0) return found.toSorted();
  throw new DomainError(
    "project_not_found",
    `Cannot find a project in ${folder}: no ${PROJECT_EXTENSION} file in it or below it`,
  );
}

interface Walk {
  readonly folder: string;
  readonly relative: string;
  readonly depth: number;
  readonly found: string[];
}

async function walk({ folder, relative, depth, found }: Walk): Promise<void> {
  for await (const entry of openFolder(join(folder, relative))) {
    if (entry.name.startsWith(".")) continue;
    const path = join(relative, entry.name);
    if (entry.isDirectory && depth < DEPTH_MAX) {
      await walk({ folder, relative: path, depth: depth + 1, found });
    } else if (isProject(entry)) {
      found.push(path);
      if (found.length > FOLDER_PROJECTS_MAX) {
        throw new DomainError(
          "too_many",
          `Cannot submit ${folder}: more than ${FOLDER_PROJECTS_MAX} projects are below it`,
        );
      }
    }
  }
}

async function* openFolder(path: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) {
      throw new DomainError("project_not_found", `Cannot find folder ${path}`, { cause });
    }
    if (cause instanceof Deno.errors.PermissionDenied) {
      throw new DomainError("path_refused", `Cannot read folder ${path}`, { cause });
    }
    throw cause;
  }
}

/** A link to a project is one; a link to a folder is not followed, for it may lead in a circle. */
function isProject(entry: Deno.DirEntry): boolean {
  return !entry.isDirectory && entry.name.toLowerCase().endsWith(PROJECT_EXTENSION);
}
