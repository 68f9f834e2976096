import { DomainError } from "../mod/core/mod.ts";
import type { JobView } from "../mod/wire/mod.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { FARM_FLAGS, openFarm } from "./farm_connection.ts";
import { readFlags } from "./flags.ts";
import { textTable } from "./text_table.ts";

/** `olive jobs` */
export const jobsCommand: Command = {
  name: "jobs",
  summary: "List jobs, newest first",
  usage: `Usage: olive jobs [--limit N] [--json]

      --limit N          At most this many, newest first (default 50)
      --json             The same as one JSON object
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive jobs
  olive jobs --limit 5 --json
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, {
      ...FARM_FLAGS,
      limit: { kind: "text" },
      json: { kind: "switch" },
    });
    const limit = Number(flags.text("limit") ?? 50);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
      throw new DomainError("usage", "Cannot use --limit: must be a whole number, 1 to 1000");
    }
    const farm = await openFarm(flags, io);
    try {
      const list = await farm.client.listJobs({ limit });
      io.stdout(flags.has("json") ? JSON.stringify(list) + "\n" : jobTable(list.jobs));
      return EXIT.ok;
    } finally {
      await farm.close();
    }
  },
};

/** Jobs as aligned columns, with a heading. */
export function jobTable(jobs: readonly JobView[]): string {
  if (jobs.length === 0) return "No jobs yet. Submit one: olive submit PROJECT.ove\n";
  const rows = jobs.map((job) => [
    job.id,
    job.state,
    `${job.lengthFrames === 0 ? 0 : Math.floor(100 * job.framesDone / job.lengthFrames)}%`,
    String(job.lengthFrames),
    job.preset,
    new Date(job.createdAtMs).toISOString().slice(0, 19) + "Z",
    job.name,
  ]);
  return textTable([["JOB", "STATE", "DONE", "FRAMES", "PRESET", "SUBMITTED", "NAME"], ...rows]);
}
