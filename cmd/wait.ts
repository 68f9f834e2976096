import { createSystemClock, DomainError } from "../mod/core/mod.ts";
import type { Command, CommandIo } from "./command.ts";
import { EXIT, outcomeCode, worstExit } from "./exit_codes.ts";
import { FARM_FLAGS, openFarm } from "./farm_connection.ts";
import { readFlags } from "./flags.ts";
import { type FollowedJobs, followJobs, type FollowJobsRequest } from "./follow_jobs.ts";
import { jobOperands } from "./job_operands.ts";
import { createJsonReporter, createTextReporter } from "./job_reporters.ts";

/** `olive wait` */
export const waitCommand: Command = {
  name: "wait",
  summary: "Wait for the end of jobs; the exit code is their outcome",
  usage: `Usage: olive wait JOB [JOB ...] [--timeout SECONDS] [--json]

Shows the progress of jobs until all have ended, and prints the films. The exit code is the worst
outcome: 0 film made, 6 cancelled, 5 failed; 12 when the time is over, 130 after Ctrl-C. The jobs go
on in any case.

      --timeout SECONDS  Wait no longer
      --json             One JSON event per line on standard output
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive wait j7k3m9qa
  olive wait j7k3m9qa j2b8x0ff --timeout 3600
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, {
      ...FARM_FLAGS,
      timeout: { kind: "text" },
      json: { kind: "switch" },
    });
    const jobIds = [...new Set(jobOperands(flags, "wait"))];
    const timeoutMs = readTimeoutMs(flags.text("timeout"));
    const clock = createSystemClock();
    const reporter = flags.has("json") ? createJsonReporter(io) : createTextReporter(io, clock);
    const farm = await openFarm(flags, io);
    try {
      const request = { client: farm.client, clock, reporter, jobIds };
      const { jobs, haveAllEnded } = await followUntilStopped(request, { io, timeoutMs });
      if (!haveAllEnded) return EXIT.interrupted;
      return worstExit(jobs.map(outcomeCode));
    } finally {
      await farm.close();
    }
  },
};

/**
 * Follows jobs until they have ended or a person asks to stop looking.
 *
 * @param limits `timeoutMs`: longest wait, milliseconds; absent: for ever.
 * @throws {DomainError} `timeout`; what `followJobs` throws.
 */
export async function followUntilStopped(
  request: Omit<FollowJobsRequest, "stop">,
  limits: { readonly io: CommandIo; readonly timeoutMs?: number | undefined },
): Promise<FollowedJobs> {
  const stop = new AbortController();
  const over = new AbortController();
  const unlisten = limits.io.onStopSignal(() => stop.abort());
  const timer = limits.timeoutMs === undefined
    ? undefined
    : request.clock.sleep(limits.timeoutMs, stop.signal).then((isOver) => isOver && over.abort());
  try {
    const signal = AbortSignal.any([stop.signal, over.signal]);
    const followed = await followJobs({ ...request, stop: signal });
    if (followed.haveAllEnded || !over.signal.aborted) return followed;
    throw new DomainError("timeout", "Cannot wait any longer: the jobs have not ended", {
      hint: "They go on. To look at them: olive status",
    });
  } finally {
    stop.abort();
    unlisten();
    await timer;
  }
}

/** Longest timer of the runtime, seconds. */
const TIMEOUT_SECONDS_MAX = 2_000_000;

function readTimeoutMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (text.trim() !== "" && seconds > 0 && seconds <= TIMEOUT_SECONDS_MAX) return seconds * 1000;
  throw new DomainError(
    "usage",
    `Cannot use --timeout ${text}: must be seconds, more than 0, at most ${TIMEOUT_SECONDS_MAX}`,
  );
}
