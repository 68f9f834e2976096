import { basename, extname } from "@std/path";
import {
  DomainError,
  type Identity,
  MAX_PART_SECONDS_DEFAULT,
  MIN_PART_SECONDS_DEFAULT,
  newJobId,
  type RandomBytes,
  type RenderPlan,
} from "../core/mod.ts";
import { assertPresetFits, getPreset, type Preset } from "../render/mod.ts";
import type { SubmitRequest } from "../wire/mod.ts";
import type { JobToCreate } from "./create_job.ts";
import type { JobFolders } from "./job_folders.ts";
import { listMediaFiles, type ManifestDeps, type ManifestFile } from "./media_manifest.ts";
import { decideOutputPath } from "./output_path.ts";
import { encodePlan, writePlan } from "./plan_file.ts";

/** What to make a plan of. */
export interface PlanRequest {
  /** Canonical path of the project, within the allowed roots. */
  readonly projectPath: string;
  readonly sequence: string | undefined;
  readonly skipUnsupported: boolean;
}

/** A job that is ready to be queued: nothing about it is unknown any more. */
export interface NewJob {
  readonly id: string;
  readonly name: string;
  readonly request: SubmitRequest;
  readonly submittedBy: string;
  readonly projectPath: string;
  readonly outputPath: string;
  readonly preset: Preset;
  readonly plan: RenderPlan;
  readonly planSha256: string;
  readonly files: readonly ManifestFile[];
}

/** What taking a submission needs. */
export interface SubmissionDeps extends ManifestDeps {
  readonly random: RandomBytes;
  readonly folders: JobFolders;
  /** Canonical path of an existing file within the allowed roots. */
  resolveProject(path: string): Promise<string>;
  /** Canonical path of an existing folder within the allowed roots. */
  resolveFolder(path: string): Promise<string>;
  /** Reads the project and plans its export. */
  makePlan(request: PlanRequest): Promise<RenderPlan>;
  /** Path of a film that a job which has not ended will write, if any will write this one. */
  findJobWriting(outputPath: string): Promise<string | undefined>;
}

/**
 * Reads and checks everything that a job needs, before any worker is bothered.
 *
 * @param request What a person asked for.
 * @param who Whose certificate asked.
 * @returns The job, its plan on disk, not yet in the database.
 * @throws {DomainError} `preset_unknown`, `project_not_found`, `project_invalid`,
 * `project_unsupported`, `media_missing`, `path_refused`, `output_refused`, `disk_full`.
 */
export async function prepareJob(
  request: SubmitRequest,
  context: { who: Identity; deps: SubmissionDeps },
): Promise<NewJob> {
  const { deps, who } = context;
  const preset = getPreset(request.preset);
  const projectPath = await deps.resolveProject(request.projectPath);
  const outputPath = await decideOutputPath({
    projectPath,
    outputPath: request.outputPath,
    preset,
    overwrite: request.overwrite,
    resolveFolder: deps.resolveFolder,
  });
  await assertNobodyWrites(outputPath, deps);
  const plan = await deps.makePlan({
    projectPath,
    sequence: request.sequence,
    skipUnsupported: request.skipUnsupported,
  });
  assertPresetFits(preset, plan);
  const files = await listMediaFiles(plan.media, deps);
  const stored = await encodePlan({
    plan: withoutPaths(plan),
    files: files.map(({ path: _path, ...file }) => file),
  });
  const id = newJobId(deps.random);
  await deps.folders.create(id);
  await writePlan(deps.folders.plan(id), stored);
  return {
    id,
    name: basename(projectPath, extname(projectPath)),
    request,
    submittedBy: who.name,
    projectPath,
    outputPath,
    preset,
    plan,
    planSha256: stored.sha256,
    files,
  };
}

async function assertNobodyWrites(outputPath: string, deps: SubmissionDeps): Promise<void> {
  const other = await deps.findJobWriting(outputPath);
  if (other === undefined) return;
  throw new DomainError(
    "output_refused",
    `Cannot write ${outputPath}: job ${other} will write it`,
    {
      hint: `Wait for it, cancel it (olive cancel ${other}), or give --output for another name`,
    },
  );
}

/** Workers know media by id and content; where they lie on the master is none of their business. */
function withoutPaths(plan: RenderPlan): RenderPlan {
  return { ...plan, media: plan.media.map((item) => ({ ...item, paths: [] })) };
}

/** A prepared job as the farm takes it. */
export function toJobToCreate(prepared: NewJob): JobToCreate {
  const { id, name, request, submittedBy, projectPath, outputPath, preset, plan } = prepared;
  const seconds = (given: number | undefined, fallback: number): number =>
    Math.round(1000 * (given ?? fallback));
  const minPartMs = seconds(request.minPartSeconds, MIN_PART_SECONDS_DEFAULT);
  return {
    job: {
      id,
      name,
      workflow: request.workflow,
      priority: request.priority,
      preset: preset.name,
      projectPath,
      outputPath,
      sequence: request.sequence,
      width: plan.width,
      height: plan.height,
      fps: plan.fps,
      lengthFrames: plan.lengthFrames,
      planSha256: prepared.planSha256,
      // The same sequence of the same project with the same encoder takes the same time.
      projectKey: JSON.stringify([projectPath, plan.title, preset.name]),
      requirements: requirementsOf(plan, preset),
      warnings: plan.warnings,
      minPartMs,
      maxPartMs: Math.max(minPartMs, seconds(request.maxPartSeconds, MAX_PART_SECONDS_DEFAULT)),
      skipUnsupported: request.skipUnsupported,
      overwrite: request.overwrite,
      idempotencyKey: request.idempotencyKey,
      submittedBy,
    },
    hasAudio: true,
    files: prepared.files,
  };
}

function requirementsOf(plan: RenderPlan, preset: Preset): JobToCreate["job"]["requirements"] {
  const encoder = preset.meltProperties["vcodec"];
  const services = plan.video.scenes.flatMap((scene) =>
    scene.layers.flatMap((layer) => layer.filters.map((filter) => filter.service))
  );
  return {
    renderer: plan.video.renderer,
    encoders: encoder === undefined ? [] : [encoder],
    services: [...new Set(services)],
  };
}
