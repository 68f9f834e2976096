import { DomainError, type RenderPlan, toFileError } from "../core/mod.ts";

/**
 * The bytes of a plan, and their checksum. The checksum is what workers know the plan by, so it
 * covers the media's content too.
 */
export interface PlanBytes {
  readonly text: string;
  readonly sha256: string;
}

/** Writes a plan as the text that every worker gets. */
export async function encodePlan(plan: RenderPlan): Promise<PlanBytes> {
  const text = JSON.stringify(plan);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const sha256 = Array.from(
    new Uint8Array(digest),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  return { text, sha256 };
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
 * Reads a plan back.
 *
 * @throws {DomainError} `io_failed` if it is gone or is not what was written.
 */
export async function readPlan(path: string): Promise<RenderPlan> {
  try {
    const plan = JSON.parse(await Deno.readTextFile(path)) as RenderPlan;
    if (plan.planVersion === 1) return plan;
    throw new DomainError("io_failed", `Unknown plan version ${plan.planVersion}`);
  } catch (error) {
    throw new DomainError("io_failed", `Cannot read plan ${path}`, {
      cause: error,
      hint: "Submit the project again",
    });
  }
}
