import type { MasterClient } from "../mod/client/mod.ts";
import { isDomainError } from "../mod/core/mod.ts";
import type { JobView } from "../mod/wire/mod.ts";
import type { CommandIo } from "./command.ts";
import { EXIT, exitCodeOf } from "./exit_codes.ts";
import { FARM_FLAGS, openFarm } from "./farm_connection.ts";
import { readFlags } from "./flags.ts";
import { jobOperands } from "./job_operands.ts";
import { printError } from "./run_program.ts";

/** What a command does to jobs. */
export interface JobChange {
  /** For messages: `Cannot VERB: no job given`. */
  readonly verb: string;
  readonly act: (client: MasterClient, jobId: string) => Promise<JobView>;
}

/**
 * Changes every job that the command names and prints its new state. A job that cannot be changed
 * is said so and does not stop the others.
 *
 * @returns 0 if all were changed, else the exit code of the last that was not.
 * @throws {DomainError} `usage`, and what concerns the whole farm, such as `master_unreachable`.
 */
export async function changeJobs(
  change: JobChange,
  command: { readonly argv: readonly string[]; readonly io: CommandIo },
): Promise<number> {
  const { argv, io } = command;
  const flags = readFlags(argv, { ...FARM_FLAGS, json: { kind: "switch" } });
  const jobIds = jobOperands(flags, change.verb);
  const farm = await openFarm(flags, io);
  let code: number = EXIT.ok;
  try {
    for (const jobId of jobIds) {
      try {
        const job = await change.act(farm.client, jobId);
        io.stdout(flags.has("json") ? JSON.stringify(job) + "\n" : changedLine(job));
      } catch (error) {
        if (!isAboutOneJob(error)) throw error;
        printError(io, error);
        code = exitCodeOf(error);
      }
    }
    return code;
  } finally {
    await farm.close();
  }
}

/** One line about a job that was just changed. */
export function changedLine(job: JobView): string {
  return `${job.id} ${job.state}, priority ${job.priority}\n`;
}

function isAboutOneJob(error: unknown): boolean {
  return isDomainError(error, "job_not_found") || isDomainError(error, "invalid_transition");
}
