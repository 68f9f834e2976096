import { join } from "@std/path";
import { type Clock, DomainError, type RandomBytes, type RenderPlan } from "../core/mod.ts";
import type { MasterClient } from "../client/mod.ts";
import { type Assignment, checkWire, type JobFile, planReply } from "../wire/mod.ts";
import { removeAll, writeDurably } from "./durable_file.ts";
import { PLANS_IN_MEMORY_MAX, PLANS_KEPT_MAX } from "./limits.ts";
import { fetchPatiently } from "./patient_fetch.ts";

/** A job's plan and the files that it reads. */
export interface JobPlan {
  readonly plan: RenderPlan;
  readonly files: readonly JobFile[];
}

/** What {@linkcode PlanStore} needs. */
export interface PlanStoreOptions {
  /** Where plans are kept, by their checksum. */
  readonly folder: string;
  readonly master: Pick<MasterClient, "getPlan">;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Plans of jobs, fetched once each, kept in memory and on disk. */
export class PlanStore {
  readonly #options: PlanStoreOptions;
  readonly #inMemory = new Map<string, JobPlan>();
  readonly #lookups = new Map<string, Promise<unknown>>();

  /** Reads nothing yet. */
  constructor(options: PlanStoreOptions) {
    this.#options = options;
  }

  /**
   * The plan of an assignment's job, with the content that the assignment names.
   *
   * @throws {DomainError} `io_failed` if the master sends another plan than that; `version_mismatch`
   * for a plan of a version that this program does not know; `cancelled` by the signal.
   */
  async get(assignment: Assignment, signal: AbortSignal): Promise<JobPlan> {
    // One after the other: the second finds what the first has brought, or tries for itself.
    const { planSha256 } = assignment;
    const earlier = this.#lookups.get(planSha256) ?? Promise.resolve();
    const lookup = earlier.then(() => this.#look(assignment, signal));
    const settled = lookup.catch(() => undefined);
    this.#lookups.set(planSha256, settled);
    try {
      return await lookup;
    } finally {
      if (this.#lookups.get(planSha256) === settled) this.#lookups.delete(planSha256);
    }
  }

  async #look(assignment: Assignment, signal: AbortSignal): Promise<JobPlan> {
    const { planSha256 } = assignment;
    const plan = this.#inMemory.get(planSha256) ??
      await this.#readKept(planSha256) ??
      await this.#fetch(assignment, signal);
    // Last in the map is used last.
    this.#inMemory.delete(planSha256);
    this.#inMemory.set(planSha256, plan);
    for (const oldest of this.#inMemory.keys()) {
      if (this.#inMemory.size <= PLANS_IN_MEMORY_MAX) break;
      this.#inMemory.delete(oldest);
    }
    return plan;
  }

  async #readKept(sha256: string): Promise<JobPlan | undefined> {
    const file = this.#pathOf(sha256);
    try {
      const bytes = await Deno.readFile(file);
      if (await sha256Of(bytes) === sha256) return parsePlan(bytes);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      // Unreadable or of another version: the master's copy decides.
    }
    await removeAll(file);
    return undefined;
  }

  async #fetch(assignment: Assignment, signal: AbortSignal): Promise<JobPlan> {
    const { jobId, planSha256 } = assignment;
    const bytes = await fetchPatiently(async () => {
      const fetched = await this.#options.master.getPlan(jobId, { signal });
      const sha256 = await sha256Of(fetched.bytes);
      if (sha256 === planSha256) return fetched.bytes;
      throw new DomainError(
        "io_failed",
        `Cannot use the plan of job ${jobId}: its checksum is ${sha256}, must be ${planSha256}`,
      );
    }, { ...this.#options, signal });
    const plan = parsePlan(bytes);
    await this.#prune();
    await writeDurably(this.#pathOf(planSha256), new TextDecoder().decode(bytes));
    return plan;
  }

  async #prune(): Promise<void> {
    const kept: Array<{ readonly file: string; readonly atMs: number }> = [];
    for await (const entry of Deno.readDir(this.#options.folder)) {
      const file = join(this.#options.folder, entry.name);
      const stat = await Deno.stat(file).catch(() => undefined);
      if (stat !== undefined) kept.push({ file, atMs: stat.mtime?.getTime() ?? 0 });
    }
    kept.sort((a, b) => b.atMs - a.atMs);
    for (const { file } of kept.slice(PLANS_KEPT_MAX - 1)) await removeAll(file);
  }

  #pathOf(sha256: string): string {
    return join(this.#options.folder, `${sha256}.json`);
  }
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function parsePlan(bytes: Uint8Array): JobPlan {
  const { plan, files } = checkWire(planReply, {
    value: JSON.parse(new TextDecoder().decode(bytes)),
    what: "plan",
  });
  if (plan["planVersion"] !== 1) {
    throw new DomainError(
      "version_mismatch",
      `Cannot use plan: its version is ${String(plan["planVersion"])}, must be 1`,
      { hint: "Install the same version of olive on both machines" },
    );
  }
  // Its checksum says that these are the bytes that the master made; the master checked them then.
  return { plan: plan as unknown as RenderPlan, files };
}
