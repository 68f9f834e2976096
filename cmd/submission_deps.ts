import type { Clock, RandomBytes } from "../mod/core/mod.ts";
import type { Database } from "../mod/db/mod.ts";
import {
  createProjectHost,
  hashContent,
  type JobFolders,
  readProjectBytes,
  resolveProjectPath,
  type SubmissionDeps,
} from "../mod/master/mod.ts";
import { resolveInsideRoots } from "../mod/media/mod.ts";
import type { ProcessRunner, Programs } from "../mod/process/mod.ts";
import { planExport } from "../mod/project/mod.ts";
import { findJobWriting } from "../mod/store/mod.ts";

/** Joins the taking of submissions to the machine, the project reader and the database. */
export function createSubmissionDeps(
  context: {
    readonly db: Database;
    readonly folders: JobFolders;
    readonly roots: readonly string[];
    readonly programs: Programs;
    readonly processes: ProcessRunner;
    readonly clock: Clock;
    readonly random: RandomBytes;
  },
): SubmissionDeps {
  const { db, roots, folders, random } = context;
  const host = createProjectHost(context);
  const resolve = (path: string): Promise<string> => resolveInsideRoots(path, roots);
  return {
    random,
    folders,
    resolve,
    hash: (path) => hashContent(path, context),
    resolveProject: (path) => resolveProjectPath(path, roots),
    resolveFolder: resolve,
    findJobWriting: (path) => db.read((tx) => findJobWriting(tx, path)),
    makePlan: async ({ projectPath, sequence, skipUnsupported }) =>
      await planExport({
        path: projectPath,
        source: await readProjectBytes(projectPath),
        ...(sequence === undefined ? {} : { sequenceName: sequence }),
        skipUnsupported,
        host,
      }),
  };
}
