import { changeJobs } from "./change_jobs.ts";
import type { Command } from "./command.ts";

/** `olive resume` */
export const resumeCommand: Command = {
  name: "resume",
  summary: "Go on with a paused job",
  usage: `Usage: olive resume JOB [JOB ...] [--json]

Hands out parts of paused jobs again.

      --json             One JSON object per job and line
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive resume j7k3m9qa
  olive resume j7k3m9qa j2b8x0ff
`,
  run: (argv, io): Promise<number> =>
    changeJobs({
      verb: "resume",
      act: (client, jobId) => client.patchJob(jobId, { action: "resume" }),
    }, { argv, io }),
};
