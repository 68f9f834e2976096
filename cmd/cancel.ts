import { changeJobs } from "./change_jobs.ts";
import type { Command } from "./command.ts";

/** `olive cancel` */
export const cancelCommand: Command = {
  name: "cancel",
  summary: "Cancel a job",
  usage: `Usage: olive cancel JOB [JOB ...] [--json]

Ends jobs at once: running renders are killed, what was rendered is removed.

      --json             One JSON object per job and line
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive cancel j7k3m9qa
  olive cancel j7k3m9qa j2b8x0ff
`,
  run: (argv, io): Promise<number> =>
    changeJobs({
      verb: "cancel",
      act: (client, jobId) => client.cancelJob(jobId),
    }, { argv, io }),
};
