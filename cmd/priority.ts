import { DomainError } from "../mod/core/mod.ts";
import { PRIORITY_MAX, PRIORITY_MIN } from "../mod/wire/mod.ts";
import { changedLine } from "./change_jobs.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { FARM_FLAGS, openFarm } from "./farm_connection.ts";
import { readFlags } from "./flags.ts";

/** `olive priority` */
export const priorityCommand: Command = {
  name: "priority",
  summary: "Let a job go before others, or after them",
  usage: `Usage: olive priority JOB N [--json]

Sets a job's priority, ${PRIORITY_MIN} to ${PRIORITY_MAX}: jobs of a higher one get workers first. Renders that run
are not disturbed.

      --json             The job as one JSON object
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive priority j7k3m9qa 90
  olive priority j7k3m9qa 0 --json
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, { ...FARM_FLAGS, json: { kind: "switch" } });
    const [jobId, text, ...rest] = flags.operands;
    if (jobId === undefined || text === undefined || rest.length > 0) {
      throw new DomainError("usage", "Cannot set priority: wants a job and a number", {
        hint: "For example: olive priority j7k3m9qa 90",
      });
    }
    const priority = readPriority(text);
    const farm = await openFarm(flags, io);
    try {
      const job = await farm.client.patchJob(jobId, { priority });
      io.stdout(flags.has("json") ? JSON.stringify(job) + "\n" : changedLine(job));
      return EXIT.ok;
    } finally {
      await farm.close();
    }
  },
};

/**
 * A priority as a person types it.
 *
 * @throws {DomainError} `usage` if it is no whole number or out of range.
 */
export function readPriority(text: string): number {
  const priority = Number(text);
  const isInRange = priority >= PRIORITY_MIN && priority <= PRIORITY_MAX;
  if (text.trim() !== "" && Number.isInteger(priority) && isInRange) return priority;
  throw new DomainError(
    "usage",
    `Cannot use priority ${text}: must be a whole number, ${PRIORITY_MIN} to ${PRIORITY_MAX}`,
  );
}
