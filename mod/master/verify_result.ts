import type { FrameRange } from "../core/mod.ts";
import type { ProcessRunner, Programs } from "../process/mod.ts";
import { getPreset, verifyAudioPart, verifyVideoPart } from "../render/mod.ts";
import type { SucceededReport } from "../wire/mod.ts";
import type { JobFolders } from "./job_folders.ts";
import { readPlan } from "./plan_file.ts";
import type { Uploads } from "./uploads.ts";

/** An attempt whose result is there. */
export interface DeliveredAttempt {
  readonly id: string;
  readonly jobId: string;
  readonly kind: "video" | "audio";
  readonly range: FrameRange;
  /** The job's preset. */
  readonly preset: string;
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
  attempt: DeliveredAttempt,
  context: { readonly report: SucceededReport; readonly deps: VerifyResultDeps },
): Promise<{ path: string; sizeBytes: number; sha256: string }> {
  const { report, deps } = context;
  const { sizeBytes, sha256 } = report;
  const path = await deps.uploads.seal(attempt, { sizeBytes, sha256 });
  const { plan } = await readPlan(deps.folders.plan(attempt.jobId));
  if (attempt.kind === "audio") {
    await verifyAudioPart({ path, plan: plan.audio });
  } else {
    await verifyVideoPart({
      ...plan,
      path,
      range: attempt.range,
      preset: getPreset(attempt.preset),
      decodes: false,
      programs: deps.programs,
      processes: deps.processes,
    });
  }
  return { path, sizeBytes, sha256 };
}
