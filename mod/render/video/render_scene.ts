import {
  frameCount,
  type FrameRange,
  type Placement,
  stepAt,
  type Steps,
  type VideoLayer,
  type VideoPlan,
  type VideoScene,
} from "../../core/mod.ts";
import { DomainError } from "../../core/mod.ts";
import { assignLanes } from "./lanes.ts";
import { formatMeltDocument, type MeltLayer } from "./melt_document.ts";
import { prepareLayer } from "./prepare_layer.ts";
import { type RenderDeps, runMelt } from "./run_melt.ts";
import type { Workspace } from "./workspace.ts";

/** What rendering scenes of a plan needs. */
export interface SceneContext {
  /** The plan. */
  readonly video: VideoPlan;
  /** Local paths of a media id. */
  readonly mediaPath: (mediaId: string) => readonly string[];
  /** Where everything is written. */
  readonly workspace: Workspace;
  /** Programs. */
  readonly deps: RenderDeps;
  /** Threads, 1 or more. */
  readonly threads: number;
  /** Inner scenes that are rendered already, by index and range. */
  readonly inner: Map<string, Promise<string>>;
}

/** A stretch of a scene, and how it is encoded. */
export interface SceneRender {
  /** Index in `VideoPlan.scenes`. */
  readonly sceneIndex: number;
  /** Frames of the scene; may lie outside of it, then empty. */
  readonly range: FrameRange;
  /** Empty is black, not transparent. */
  readonly isOpaque: boolean;
  /** File name of the result in the work folder. */
  readonly outputName: string;
  /** Properties of melt's `avformat` consumer. */
  readonly properties: Readonly<Record<string, string>>;
  /** Called with the number of frames that are done. */
  readonly onFrame: (framesDone: number) => void;
}

/**
 * How an inner scene is handed to the outer one: every value kept, with transparency, every frame to
 * be sought by itself.
 */
const INNER_PROPERTIES = {
  f: "matroska",
  vcodec: "ffv1",
  level: "3",
  g: "1",
  coder: "0",
  context: "0",
  slices: "4",
  slicecrc: "0",
  pix_fmt: "bgra",
  mlt_image_format: "rgba",
  an: "1",
  audio_off: "1",
} as const;

/**
 * Renders a stretch of a scene with everything that is nested in it.
 *
 * @returns Absolute path of the result.
 * @throws {DomainError} `render_failed`, `render_hung`, `cancelled`, `disk_full`, `program_missing`.
 */
export async function renderScene(render: SceneRender, context: SceneContext): Promise<string> {
  const scene = sceneAt(context.video, render.sceneIndex);
  const layers = await prepareLayers(scene, { range: render.range, context });
  const documentName = context.workspace.newName("document", ".mlt");
  await context.workspace.write(
    documentName,
    formatMeltDocument({
      width: scene.width,
      height: scene.height,
      fps: scene.fps,
      lengthFrames: frameCount(render.range),
      isOpaque: render.isOpaque,
      layers,
    }),
  );
  await runMelt({
    directory: context.workspace.directory,
    documentName,
    outputName: render.outputName,
    properties: render.properties,
    threads: context.threads,
    onFrame: render.onFrame,
  }, context.deps);
  return context.workspace.pathOf(render.outputName);
}

function sceneAt(video: VideoPlan, index: number): VideoScene {
  const scene = video.scenes[index];
  if (scene !== undefined) return scene;
  throw new DomainError("request_invalid", `Cannot render scene ${index}: the plan has none`);
}

async function prepareLayers(
  scene: VideoScene,
  options: { readonly range: FrameRange; readonly context: SceneContext },
): Promise<readonly MeltLayer[]> {
  const { context } = options;
  const visible = scene.layers.map((layer) => ({ layer, range: overlap(layer, options.range) }))
    .filter(({ layer, range }) => frameCount(range) > 0 && isEverSeen(layer.placement, range));
  const lanes = assignLanes(visible.map(({ range }) => range));
  const prepared: MeltLayer[] = [];
  // One after the other: each may run a program with all threads.
  for (const [index, { layer, range }] of visible.entries()) {
    const pieces = await prepareLayer(layer, {
      range,
      fps: scene.fps,
      mediaPath: context.mediaPath,
      workspace: context.workspace,
      deps: context.deps,
      sceneRate: (sceneIndex) => sceneAt(context.video, sceneIndex).fps,
      composeInner: async (sceneIndex, inner) => {
        const other = sceneAt(context.video, sceneIndex);
        return isOfOneShape(scene, other)
          ? await prepareLayers(other, { range: inner, context })
          : undefined;
      },
      renderInner: (sceneIndex, inner) => renderInner({ sceneIndex, range: inner }, context),
    });
    prepared.push({
      startFrame: range.startFrame - options.range.startFrame,
      pieces,
      lane: lanes[index] ?? 0,
      placements: listPlacements(layer.placement, range),
    });
  }
  return prepared;
}

/** Renders a stretch of an inner scene once, however many layers show it. */
function renderInner(
  inner: { readonly sceneIndex: number; readonly range: FrameRange },
  context: SceneContext,
): Promise<string> {
  const key = JSON.stringify(inner);
  const known = context.inner.get(key);
  if (known !== undefined) return known;
  const rendering = renderScene({
    ...inner,
    isOpaque: false,
    outputName: context.workspace.newName("scene", ".mkv"),
    properties: INNER_PROPERTIES,
    onFrame: context.deps.onSign,
  }, context);
  context.inner.set(key, rendering);
  return rendering;
}

/** Whether one document can hold both: it has one size and one rate. */
function isOfOneShape(outer: VideoScene, inner: VideoScene): boolean {
  return outer.width === inner.width && outer.height === inner.height &&
    outer.fps.num * inner.fps.den === inner.fps.num * outer.fps.den;
}

function overlap(layer: VideoLayer, range: FrameRange): FrameRange {
  return {
    startFrame: Math.max(layer.range.startFrame, range.startFrame),
    endFrame: Math.min(layer.range.endFrame, range.endFrame),
  };
}

function isEverSeen(placement: Steps<Placement>, range: FrameRange): boolean {
  return listPlacements(placement, range).some((step) => step.placement[5] > 0);
}

/** The steps that count in a range, from its first frame on. */
function listPlacements(
  placement: Steps<Placement>,
  range: FrameRange,
): readonly { readonly frame: number; readonly placement: Placement }[] {
  const steps = [{ frame: 0, placement: stepAt(placement, range.startFrame) }];
  placement.frames.forEach((frame, index) => {
    const value = placement.values[index];
    if (value === undefined || frame <= range.startFrame || frame >= range.endFrame) return;
    steps.push({ frame: frame - range.startFrame, placement: value });
  });
  return steps;
}
