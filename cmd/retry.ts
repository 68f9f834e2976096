import { changeJobs } from "./change_jobs.ts";
import type { Command } from "./command.ts";

/** `olive retry` */
export const retryCommand: Command = {
  name: "retry",
  summary: "Take up a failed job: only what is left is rendered",
  usage: `Usage: olive retry JOB [JOB ...] [--json]

Takes up jobs that failed. What is rendered stays; what is left is tried again, by every worker.

      --json             One JSON object per job and line
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive retry j7k3m9qa
  olive retry j7k3m9qa j2b8x0ff
`,
  run: (argv, io): Promise<number> =>
    changeJobs({
      verb: "retry",
      act: (client, jobId) => client.patchJob(jobId, { action: "retry" }),
    }, { argv, io }),
};
