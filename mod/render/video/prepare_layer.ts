import {
  type FrameRange,
  type LayerFilter,
  type MediaSource,
  type Rational,
  type SceneSource,
  stepAt,
  type VideoLayer,
} from "../../core/mod.ts";
import { conformMedia, lastAtOrBefore } from "./conform_media.ts";
import { type FilterRun, framePieces, splitByFilters } from "./frame_pieces.ts";
import type { MeltLayer, MeltPiece, MeltProducer, MeltProperties } from "./melt_document.ts";
import { paintDrawing } from "./paint_drawing.ts";
import { encodePng } from "./png.ts";
import { prepareStill } from "./prepare_still.ts";
import type { RenderDeps } from "./run_melt.ts";
import {
  constantRateFrame,
  innerFrame,
  mapFrames,
  stillsFrame,
  targetPts,
} from "./source_frames.ts";
import type { Workspace } from "./workspace.ts";

/** What preparing a layer needs. */
export interface LayerPreparation {
  /** Frames of the scene that are rendered, all within the layer's. */
  readonly range: FrameRange;
  /** Rate of the scene. */
  readonly fps: Rational;
  /** Local paths of a media id. */
  readonly mediaPath: (mediaId: string) => readonly string[];
  /** Where prepared files go. */
  readonly workspace: Workspace;
  /** Programs. */
  readonly deps: RenderDeps;
  /** Rate of another scene of the plan. */
  readonly sceneRate: (sceneIndex: number) => Rational;
  /**
   * Layers of a stretch of another scene, if that has the size and rate of this one and can be
   * composed within the same document; `undefined` otherwise.
   */
  readonly composeInner: (
    sceneIndex: number,
    range: FrameRange,
  ) => Promise<readonly MeltLayer[] | undefined>;
  /** Renders frames of another scene, with transparency, and gives the path of the file. */
  readonly renderInner: (sceneIndex: number, range: FrameRange) => Promise<string>;
}

/**
 * Prepares what a layer shows in a range, and tells how the renderer plays it.
 *
 * @returns Pieces for exactly the frames of the range.
 * @throws {DomainError} `render_failed`, `render_hung`, `cancelled`, `disk_full`, `program_missing`.
 */
export async function prepareLayer(
  layer: VideoLayer,
  preparation: LayerPreparation,
): Promise<readonly MeltPiece[]> {
  const { source } = layer;
  const { range, fps } = preparation;
  const filterRuns = listFilterRuns(layer.filters, range);
  switch (source.kind) {
    case "media":
      return await mediaPieces(source, { preparation, filterRuns });
    case "still": {
      const [path] = preparation.mediaPath(source.mediaId);
      const still = await prepareStill({ path: path ?? "", ...source }, preparation);
      return splitByFilters(imageProducer(still, range), { first: 0, filterRuns });
    }
    case "stills": {
      const paths = preparation.mediaPath(source.mediaId);
      const stills = new Map<number, string>();
      const indexes = mapFrames(range, (frame) => stillsFrame(source, { frame, fps }));
      for (const index of new Set(indexes)) {
        const path = paths[index] ?? "";
        stills.set(index, await prepareStill({ path, ...source }, preparation));
      }
      return perFrame(filterRuns, (at) => imageProducer(stills.get(indexes[at] ?? 0) ?? "", range));
    }
    case "scene":
      return await scenePieces(source, { preparation, filterRuns });
    case "color":
      return perFrame(filterRuns, (at) => ({
        element: "producer",
        properties: {
          mlt_service: "color",
          resource: stepAt(source.color, range.startFrame + at).replace("#", "0x"),
          length: String(range.endFrame - range.startFrame),
        },
      }));
    case "drawing": {
      const drawings = mapFrames(range, (frame) => stepAt(source.drawing, frame));
      const paths = new Map<string, string>();
      for (const drawing of new Set(drawings)) {
        const png = await encodePng(paintDrawing(drawing, source));
        const name = preparation.workspace.newName("drawing", ".png");
        paths.set(JSON.stringify(drawing), await preparation.workspace.write(name, png));
      }
      return perFrame(
        filterRuns,
        (at) => imageProducer(paths.get(JSON.stringify(drawings[at])) ?? "", range),
      );
    }
  }
}

async function scenePieces(
  source: SceneSource,
  options: { readonly preparation: LayerPreparation; readonly filterRuns: readonly FilterRun[] },
): Promise<readonly MeltPiece[]> {
  const { preparation, filterRuns } = options;
  const { range, fps } = preparation;
  const inner = preparation.sceneRate(source.sceneIndex);
  const indexes = mapFrames(range, (frame) => innerFrame(source, { frame, fps, inner }));
  const first = indexes[0] ?? 0;
  const innerRange = { startFrame: first, endFrame: (indexes.at(-1) ?? first) + 1 };
  const layers = await preparation.composeInner(source.sceneIndex, innerRange);
  if (layers !== undefined) {
    const composition = { element: "tractor", lengthFrames: indexes.length, layers } as const;
    return splitByFilters(composition, { first: 0, filterRuns });
  }
  const path = await preparation.renderInner(source.sceneIndex, innerRange);
  const frames = { path, streamIndex: 0, rate: inner, matrix: "601" as const };
  const fromFirst = indexes.map((index) => index - first);
  return framePieces({ ...frames, indexes: fromFirst }, { fps, filterRuns });
}

async function mediaPieces(
  source: MediaSource,
  options: { readonly preparation: LayerPreparation; readonly filterRuns: readonly FilterRun[] },
): Promise<readonly MeltPiece[]> {
  const { preparation, filterRuns } = options;
  const { range, fps, workspace } = preparation;
  const [target] = preparation.mediaPath(source.mediaId);
  const path = await workspace.linkTo(target ?? "");
  const { matrix, streamIndex } = source;
  if (source.isConstantRate && source.time.reversedFromFrame === undefined) {
    const indexes = mapFrames(range, (frame) => constantRateFrame(source, { frame, fps }));
    const isPlain = source.time.speed === 1 &&
      source.rate.num * fps.den === fps.num * source.rate.den;
    if (source.isRateCertain || isPlain) {
      return framePieces({ path, streamIndex, rate: source.rate, matrix, indexes }, {
        fps,
        filterRuns,
      });
    }
  }
  const targets = mapFrames(range, (frame) => targetPts(source, { frame, fps }));
  const conformed = await conformMedia({
    path,
    source,
    fromPts: targets.reduce((least, pts) => Math.min(least, pts), Infinity),
    toPts: targets.reduce((most, pts) => Math.max(most, pts), -Infinity),
    rate: fps,
  }, { workspace, deps: preparation.deps });
  const indexes = targets.map((pts) => lastAtOrBefore(conformed.pts, pts));
  return framePieces({ path: conformed.path, streamIndex: 0, rate: fps, matrix, indexes }, {
    fps,
    filterRuns,
  });
}

function imageProducer(path: string, range: FrameRange): MeltProducer {
  return {
    element: "producer",
    properties: {
      mlt_service: "qimage",
      resource: path,
      length: String(range.endFrame - range.startFrame),
      disable_exif: "1",
      force_aspect_ratio: "1",
    },
  };
}

/** Pieces of producers that differ from frame to frame, equal neighbours joined. */
function perFrame(
  filterRuns: readonly FilterRun[],
  producerAt: (frame: number) => MeltProducer,
): readonly MeltPiece[] {
  const pieces: {
    producer: MeltProducer;
    inFrame: number;
    frameCount: number;
    filters: readonly MeltProperties[];
  }[] = [];
  let frame = 0;
  for (const { frameCount, filters } of filterRuns) {
    let lastKey: string | undefined;
    for (const end = frame + frameCount; frame < end; frame++) {
      const producer = producerAt(frame);
      const key = JSON.stringify(producer);
      const last = pieces.at(-1);
      if (key === lastKey && last !== undefined) last.frameCount += 1;
      else pieces.push({ producer, inFrame: 0, frameCount: 1, filters });
      lastKey = key;
    }
  }
  return pieces;
}

/** Stretches of a range in which the same filters hold. */
function listFilterRuns(
  filters: readonly LayerFilter[],
  range: FrameRange,
): readonly FilterRun[] {
  const runs: { frameCount: number; filters: readonly MeltProperties[] }[] = [];
  let lastKey: string | undefined;
  for (let frame = range.startFrame; frame < range.endFrame; frame++) {
    const active: MeltProperties[] = [];
    for (const filter of filters) {
      const properties = stepAt(filter.properties, frame);
      if (properties !== null) active.push({ mlt_service: filter.service, ...properties });
    }
    const key = JSON.stringify(active);
    const last = runs.at(-1);
    if (key === lastKey && last !== undefined) last.frameCount += 1;
    else runs.push({ frameCount: 1, filters: active });
    lastKey = key;
  }
  return runs;
}
