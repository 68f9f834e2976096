import type { ProcessRunner, Programs } from "../process/mod.ts";
import { getPreset, verifyAudioPart, verifyVideoPart } from "../render/mod.ts";
import type { Attempt, Job } from "../store/mod.ts";
import type { SucceededReport } from "../wire/mod.ts";
import type { JobFolders } from "./job_folders.ts";
import { readPlan } from "./plan_file.ts";
import type { Uploads } from "./uploads.ts";

/** An attempt whose result is there, and what its job says that it must be. */
export interface DeliveredResult {
  /** Which. */
  readonly attempt: Pick<Attempt, "id" | "jobId" | "kind" | "range">;
  /** Its job. */
  readonly job: Pick<Job, "width" | "height" | "fps" | "preset">;
}

/** What checking a result needs. */
export interface VerifyResultDeps {
  readonly folders: JobFolders;
  readonly uploads: Uploads;
  readonly programs: Programs;
  readonly processes: ProcessRunner;
}

/**
 * Checks a delivered result: its bytes against what was announced, then what its tables say. That it
 * decodes, the worker has seen before it announced these very bytes: the master starts no program
 * for a part, or it could not keep up with the workers.
 *
 * @returns Where the accepted file lies, and its size and checksum.
 * @throws {DomainError} `result_rejected` with the reason; `io_failed`, `timeout`.
 */
export async function verifyResult(
  delivered: DeliveredResult,
  context: { readonly report: SucceededReport; readonly deps: VerifyResultDeps },
): Promise<{ path: string; sizeBytes: number; sha256: string }> {
  const { report, deps } = context;
  const { attempt, job } = delivered;
  const { sizeBytes, sha256 } = report;
  const path = await deps.uploads.seal(attempt, { sizeBytes, sha256 });
  if (attempt.kind === "audio") {
    const { plan } = await readPlan(deps.folders.plan(attempt.jobId));
    await verifyAudioPart({ path, plan: plan.audio });
  } else {
    // A plan holds a whole project: it is not read for every part.
    await verifyVideoPart({
      ...job,
      path,
      range: attempt.range,
      preset: getPreset(job.preset),
      decodes: false,
      programs: deps.programs,
      processes: deps.processes,
    });
  }
  return { path, sizeBytes, sha256 };
}
