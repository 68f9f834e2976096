import { DomainError, type RenderPlan, toFileError } from "../core/mod.ts";
import type { JobFile } from "../wire/mod.ts";

/** A plan and the files that it reads, as every worker gets them. */
export interface StoredPlan {
  readonly plan: RenderPlan;
  readonly files: readonly JobFile[];
}

/** The bytes of a plan, and their checksum: it covers the content of the media too. */
export interface PlanBytes {
  readonly text: string;
  readonly sha256: string;
}

/** Writes a plan as the text that every worker gets. */
export async function encodePlan(stored: StoredPlan): Promise<PlanBytes> {
  const text = JSON.stringify(stored);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return { text, sha256: new Uint8Array(digest).toHex() };
}

/**
 * Puts a plan on disk, by rename.
 *
 * @throws {DomainError} `disk_full` or `io_failed`.
 */
export async function writePlan(path: string, plan: PlanBytes): Promise<void> {
  const beside = `${path}.new`;
  try {
    await Deno.writeTextFile(beside, plan.text, { mode: 0o600 });
    await Deno.rename(beside, path);
  } catch (error) {
    throw toFileError(error, `Cannot write ${path}`);
  }
}

/**
 * The bytes of a plan, as they were written.
 *
 * @throws {DomainError} `io_failed` if they are gone.
 */
export async function readPlanText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new DomainError("io_failed", `Cannot read plan ${path}`, {
      cause: error,
      hint: "Submit the project again",
    });
  }
}

/**
 * Reads a plan back.
 *
 * @throws {DomainError} `io_failed` if it is gone or of a version that this program does not know.
 */
export async function readPlan(path: string): Promise<StoredPlan> {
  const stored = JSON.parse(await readPlanText(path)) as StoredPlan;
  if (stored.plan.planVersion === 1) return stored;
  throw new DomainError(
    "io_failed",
    `Cannot use plan ${path}: its version is ${stored.plan.planVersion}, must be 1`,
    { hint: "Submit the project again" },
  );
}
