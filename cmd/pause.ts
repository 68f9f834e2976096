import { changeJobs } from "./change_jobs.ts";
import type { Command } from "./command.ts";

/** `olive pause` */
export const pauseCommand: Command = {
  name: "pause",
  summary: "Hand out nothing more of a job",
  usage: `Usage: olive pause JOB [JOB ...] [--json]

Hands out nothing more of jobs. Renders that run go on and count.

      --json             One JSON object per job and line
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive pause j7k3m9qa
  olive pause j7k3m9qa j2b8x0ff
`,
  run: (argv, io): Promise<number> =>
    changeJobs({
      verb: "pause",
      act: (client, jobId) => client.patchJob(jobId, { action: "pause" }),
    }, { argv, io }),
};
