import { dirname } from "@std/path";
import { createSystemClock, type FrameRange, type RenderPlan } from "../../mod/core/mod.ts";
import { createProjectHost } from "../../mod/master/mod.ts";
import { createSystemRunner, DEFAULT_PROGRAMS } from "../../mod/process/mod.ts";
import { planExport } from "../../mod/project/mod.ts";
import { getPreset, type PresetName, renderVideoPart } from "../../mod/render/mod.ts";
import type { TempFolder } from "./temp.ts";

const PROCESSES = createSystemRunner({ env: (name) => Deno.env.get(name) });
const RENDER_MS_MAX = 120_000;

/** A project to plan. */
export interface ProjectText {
  /** Absolute path of the file; its media lie beside it. */
  readonly path: string;
  /** What is in it; read from `path` if absent. */
  readonly source?: string;
  /** Plan without what is not supported. Default no. */
  readonly skipUnsupported?: boolean;
}

/** Plans the export of a project with the machine's own files and ffprobe. */
export async function planProject(project: ProjectText): Promise<RenderPlan> {
  return await planExport({
    path: project.path,
    source: project.source ?? await Deno.readFile(project.path),
    skipUnsupported: project.skipUnsupported ?? false,
    host: createProjectHost({
      roots: [dirname(project.path)],
      processes: PROCESSES,
      programs: DEFAULT_PROGRAMS,
    }),
  });
}

/** Which frames, and how. */
export interface RangeOptions {
  /** Frames of the film. */
  readonly range: FrameRange;
  /** Where the file may be written. */
  readonly folder: TempFolder;
  /** Default `lossless`. */
  readonly preset?: PresetName;
  /** Default 1. */
  readonly threads?: number;
}

/**
 * Renders frames of a plan as a worker would.
 *
 * @returns Path of the part.
 */
export async function renderRange(plan: RenderPlan, options: RangeOptions): Promise<string> {
  const { startFrame, endFrame } = options.range;
  const preset = getPreset(options.preset ?? "lossless");
  const workDir = await Deno.makeTempDir({ dir: options.folder.path, prefix: "work-" });
  const outPath = `${workDir}-${startFrame}-${endFrame}${preset.partExtension}`;
  await renderVideoPart({
    plan,
    range: options.range,
    preset,
    mediaPath: (mediaId) => plan.media.find(({ id }) => id === mediaId)?.paths ?? [],
    workDir,
    outPath,
    threads: options.threads ?? 1,
    programs: DEFAULT_PROGRAMS,
    processes: PROCESSES,
    deadlineMs: RENDER_MS_MAX,
    clock: createSystemClock(),
  });
  return outPath;
}
