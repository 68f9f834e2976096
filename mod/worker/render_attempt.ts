import { join } from "@std/path";
import { type Clock, DomainError, type RandomBytes } from "../core/mod.ts";
import { hashFile } from "../media/mod.ts";
import type { SucceededReport } from "../wire/mod.ts";
import { watchForHang } from "./hang_watch.ts";
import type { HeldAttempt } from "./held_attempt.ts";
import { fetchPartMedia, type MediaSource, type PartMedia } from "./part_media.ts";
import type { PartRenderer, RenderedPart, RenderRequest } from "./part_renderer.ts";
import type { JobPlan, PlanStore } from "./plan_store.ts";

/** What carrying out an attempt needs. */
export interface RenderServices {
  readonly plans: PlanStore;
  readonly media: MediaSource;
  readonly renderer: PartRenderer;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Folder of the attempts' own folders. */
  readonly attemptsFolder: string;
  /** Threads of one render. */
  readonly threads: number;
}

/** An attempt that could be rendered this moment. */
export interface PreparedAttempt {
  readonly held: HeldAttempt;
  readonly job: JobPlan;
  readonly media: PartMedia;
  /** Folder of the attempt, removed when it is over. */
  readonly folder: string;
  readonly workDir: string;
  readonly outPath: string;
}

/** Folder of an attempt. */
export function attemptFolder(held: HeldAttempt, services: RenderServices): string {
  return join(services.attemptsFolder, held.id);
}

/**
 * Brings all that the render of an attempt needs, so that it can start without a moment's wait.
 *
 * @returns The attempt with its media pinned: to be released by the caller.
 * @throws {DomainError} Why it could not be had; `cancelled` by the attempt's signal.
 */
export async function prepareAttempt(
  held: HeldAttempt,
  services: RenderServices,
): Promise<PreparedAttempt> {
  const { assignment, signal } = held;
  const { kind, preset, range } = assignment;
  held.enter("fetching");
  const job = await services.plans.get(assignment, signal);
  const needed = services.renderer.neededMedia?.(job.plan, { kind, range });
  const media = await fetchPartMedia({
    ...services,
    jobId: assignment.jobId,
    files: job.files.filter((file) => needed === undefined || needed.includes(file.mediaId)),
    signal,
  });
  try {
    const folder = attemptFolder(held, services);
    const workDir = join(folder, "work");
    await Deno.mkdir(workDir, { recursive: true, mode: 0o700 });
    const extension = services.renderer.resultExtension?.(kind, preset) ?? "";
    held.enter("waiting");
    return { held, job, media, folder, workDir, outPath: join(folder, `part${extension}`) };
  } catch (error) {
    media.release();
    throw error;
  }
}

/**
 * Renders a prepared attempt. Its slot is free again when this is over.
 *
 * @returns What the renderer left beside its file.
 * @throws {DomainError} `render_hung` if it stood still; whatever the renderer throws.
 */
export async function renderAttempt(
  prepared: PreparedAttempt,
  services: RenderServices,
): Promise<RenderedPart> {
  const { held } = prepared;
  const { renderer, clock } = services;
  const over = new AbortController();
  const hung = new AbortController();
  held.enter("rendering");
  const request = requestOf(prepared, {
    threads: services.threads,
    signal: AbortSignal.any([held.signal, hung.signal]),
  });
  const watch = watchForHang({
    clock,
    signal: over.signal,
    facts: () => ({
      signCount: held.signCount,
      framesDone: held.framesDone,
      renderMs: held.renderMs,
      expectedFps: held.assignment.expectedFps,
    }),
    onHang: (silentMs) => hung.abort(hungError(held, silentMs)),
  });
  try {
    return held.assignment.kind === "audio"
      ? await renderer.renderAudio(request)
      : await renderer.renderVideo(request);
  } catch (error) {
    throw hung.signal.aborted ? hung.signal.reason : error;
  } finally {
    over.abort();
    await watch;
  }
}

/**
 * Checks the file of a render and makes its report.
 *
 * @throws {DomainError} `render_failed` without a file; what the renderer's own check says.
 */
export async function checkAttempt(
  prepared: PreparedAttempt,
  options: { readonly rendered: RenderedPart; readonly services: RenderServices },
): Promise<SucceededReport> {
  const { held, outPath } = prepared;
  const { rendered, services } = options;
  held.enter("checking");
  const stat = await Deno.stat(outPath).catch(() => undefined);
  if (stat === undefined || stat.size === 0) {
    throw new DomainError(
      "render_failed",
      "Cannot use the render: the renderer ended without an error, but made no file",
      { details: { logTail: rendered.logTail } },
    );
  }
  const request = requestOf(prepared, { threads: services.threads, signal: held.signal });
  await services.renderer.checkResult?.(held.assignment.kind, request);
  const { startFrame, endFrame } = held.assignment.range;
  held.noteFrames(endFrame - startFrame);
  return {
    outcome: "succeeded",
    ...await hashFile(outPath, held.signal),
    framesDone: held.framesDone,
    renderMs: held.renderMs,
    renderer: rendered.renderer,
    logTail: rendered.logTail,
  };
}

function requestOf(
  prepared: PreparedAttempt,
  options: { readonly threads: number; readonly signal: AbortSignal },
): RenderRequest {
  const { held, job, media, workDir, outPath } = prepared;
  return {
    plan: job.plan,
    range: held.assignment.range,
    preset: held.assignment.preset,
    mediaPath: media.mediaPath,
    workDir,
    outPath,
    onProgress: (framesDone) => held.noteFrames(framesDone),
    ...options,
  };
}

function hungError(held: HeldAttempt, silentMs: number): DomainError {
  return new DomainError(
    "render_hung",
    `Cannot finish the render: no frame for ${Math.round(silentMs / 1_000)} s, ` +
      `after ${held.framesDone} frames`,
    { hint: "It was killed; another machine will try" },
  );
}
