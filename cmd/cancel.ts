import { DomainError } from "../mod/core/mod.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { FARM_FLAGS, openFarm } from "./farm_connection.ts";
import { readFlags } from "./flags.ts";

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
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, { ...FARM_FLAGS, json: { kind: "switch" } });
    if (flags.operands.length === 0) {
      throw new DomainError("usage", "Cannot cancel: no job given", {
        hint: "olive jobs lists them",
      });
    }
    const farm = await openFarm(flags, io);
    try {
      for (const id of flags.operands) {
        const job = await farm.client.cancelJob(id);
        io.stdout(flags.has("json") ? JSON.stringify(job) + "\n" : `${job.id} ${job.state}\n`);
      }
      return EXIT.ok;
    } finally {
      await farm.close();
    }
  },
};
