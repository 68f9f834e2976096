import { basename, extname, join } from "@std/path";
import { createSystemClock, DomainError } from "../mod/core/mod.ts";
import { getPreset } from "../mod/render/mod.ts";
import type { JobView, SubmitRequestInput } from "../mod/wire/mod.ts";
import type { CommandIo } from "./command.ts";
import { EXIT, exitCodeOf, outcomeCode, worstExit } from "./exit_codes.ts";
import type { FarmConnection } from "./farm_connection.ts";
import type { JobReporter } from "./follow_job.ts";
import { createJsonReporter, createTextReporter } from "./job_reporters.ts";
import { followUntilStopped } from "./wait.ts";

/** The projects of a folder, each to become a job of its own. */
export interface FolderSubmission {
  /** Absolute path. */
  readonly folder: string;
  /** Project files relative to it, in the order in which they are submitted. */
  readonly projects: readonly string[];
  /** What all jobs have in common; `outputPath` is a folder for the films, absent: beside each project. */
  readonly common: Omit<SubmitRequestInput, "projectPath">;
  readonly isDetached: boolean;
  readonly isJson: boolean;
}

/**
 * Submits every project of a folder and follows all of them. A project that cannot be exported is
 * said so and does not stop the others.
 *
 * @returns The worst outcome: 0 all films made, 6 cancelled, 5 failed, 9 refused; 130 after Ctrl-C.
 * @throws {DomainError} What concerns all of them, such as `master_unreachable`.
 */
export async function submitFolder(
  submission: FolderSubmission,
  context: { readonly farm: FarmConnection; readonly io: CommandIo },
): Promise<number> {
  const { farm, io } = context;
  const clock = createSystemClock();
  const reporter = submission.isJson ? createJsonReporter(io) : createTextReporter(io, clock);
  const requests = await toRequests(submission);
  const { jobs, refusals } = await submitAll(requests, { farm, reporter });
  const codes = refusals.map(exitCodeOf);
  if (submission.isDetached) return worstExit(codes);
  const jobIds = jobs.map((job) => job.id);
  const followed = await followUntilStopped(
    { client: farm.client, clock, reporter, jobIds },
    { io },
  );
  if (!followed.haveAllEnded) {
    io.stderr(`The jobs go on. To end them: olive cancel ${jobIds.join(" ")}\n`);
    return EXIT.interrupted;
  }
  reportRefusals(refusals, { io, total: requests.length });
  return worstExit([...codes, ...followed.jobs.map(outcomeCode)]);
}

/**
 * One request per project.
 *
 * @throws {DomainError} `usage` if two films would have the same name; `preset_unknown`.
 */
export async function toRequests(
  submission: FolderSubmission,
): Promise<readonly SubmitRequestInput[]> {
  const { folder, projects, common } = submission;
  const { outputPath: outputFolder, idempotencyKey, ...rest } = common;
  const preset = getPreset(common.preset ?? "h264");
  const homes = new Map<string, string>();
  const requests: SubmitRequestInput[] = [];
  for (const [index, project] of projects.entries()) {
    const film = basename(project, extname(project)) + preset.filmExtension;
    // Beside their projects, only two of one folder can meet; the master refuses the second.
    const other = outputFolder === undefined ? undefined : homes.get(film);
    if (other !== undefined) {
      throw new DomainError(
        "usage",
        `Cannot put all films into ${outputFolder}: ${other} and ${project} would both be ${film}`,
        { hint: "Without --output each film is put beside its project" },
      );
    }
    homes.set(film, project);
    requests.push({
      ...rest,
      workflow: "full",
      projectsToCome: projects.length - 1 - index,
      projectPath: join(folder, project),
      ...(outputFolder === undefined ? {} : { outputPath: join(outputFolder, film) }),
      ...(idempotencyKey === undefined
        ? {}
        : { idempotencyKey: await keyOfProject(idempotencyKey, project) }),
    });
  }
  return requests;
}

/** A key per project, as long as keys may be, whatever the length of the path. */
async function keyOfProject(key: string, project: string): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify([key, project]));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
}

async function submitAll(
  requests: readonly SubmitRequestInput[],
  context: { readonly farm: FarmConnection; readonly reporter: JobReporter },
): Promise<{ jobs: readonly JobView[]; refusals: readonly DomainError[] }> {
  const { farm, reporter } = context;
  const jobs: JobView[] = [];
  const refusals: DomainError[] = [];
  for (const request of requests) {
    try {
      const { job, isNew } = await farm.client.submit(request);
      reporter.onSubmitted(job, isNew);
      jobs.push(job);
    } catch (error) {
      if (!(error instanceof DomainError) || exitCodeOf(error) !== EXIT.projectRefused) throw error;
      reporter.onRefused(request.projectPath, error);
      refusals.push(error);
    }
  }
  return { jobs, refusals };
}

/** Once more at the end: what was said at the beginning has long scrolled away. */
function reportRefusals(
  refusals: readonly DomainError[],
  context: { readonly io: CommandIo; readonly total: number },
): void {
  if (refusals.length === 0) return;
  const { io, total } = context;
  io.stderr(`olive: ${refusals.length} of ${total} projects could not be exported:\n`);
  for (const refusal of refusals) io.stderr(`  ${refusal.message}\n`);
}
