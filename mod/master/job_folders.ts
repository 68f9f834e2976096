import { join } from "@std/path";

/**
 * Where the master keeps a job's files, below one folder per job: `plan.json`; `uploads/`, one
 * growing file per attempt; `parts/`, one accepted file per completed part; `film/`, scratch of the
 * join. Ids are made by this program, so they are safe as names.
 */
export interface JobFolders {
  /** Folder of a job. */
  job(jobId: string): string;
  /** Its plan, as every worker gets it. */
  plan(jobId: string): string;
  /** A result on its way in. */
  upload(jobId: string, attemptId: string): string;
  /** An accepted result. */
  part(jobId: string, attemptId: string): string;
  /** Scratch of the join. */
  film(jobId: string): string;
  /** Makes the folders of a new job. */
  create(jobId: string): Promise<void>;
  /** Removes what only a running job needs; the plan stays for as long as the job is remembered. */
  removeWork(jobId: string): Promise<void>;
  /** Removes all of it. */
  removeAll(jobId: string): Promise<void>;
  /** Ids of the jobs that have a folder; empty where there never was one. */
  list(): Promise<readonly string[]>;
  /** When something was last put into or taken out of a job's folder, epoch milliseconds. */
  changedAtMs(jobId: string): Promise<number>;
}

/** Job folders below `root`, an absolute path. */
export function createJobFolders(root: string): JobFolders {
  const job = (jobId: string): string => join(root, jobId);
  const work = ["uploads", "parts", "film"];
  return {
    job,
    plan: (jobId) => join(job(jobId), "plan.json"),
    upload: (jobId, attemptId) => join(job(jobId), "uploads", attemptId),
    part: (jobId, attemptId) => join(job(jobId), "parts", attemptId),
    film: (jobId) => join(job(jobId), "film"),
    async create(jobId): Promise<void> {
      for (const name of work) {
        await Deno.mkdir(join(job(jobId), name), { recursive: true, mode: 0o700 });
      }
    },
    async removeWork(jobId): Promise<void> {
      for (const name of work) await removeIfThere(join(job(jobId), name));
    },
    removeAll: (jobId) => removeIfThere(job(jobId)),
    list: () => listFolders(root),
    async changedAtMs(jobId): Promise<number> {
      return (await Deno.stat(job(jobId))).mtime?.getTime() ?? 0;
    },
  };
}

async function listFolders(root: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(root)) if (entry.isDirectory) names.push(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
