import type {
  Drawing,
  FrameRange,
  LayerFilter,
  LayerSource,
  Placement,
  Steps,
  VideoLayer,
} from "../../core/mod.ts";
import { steady } from "../../core/mod.ts";
import type { Baker } from "./bake.ts";
import { type ClipPicture, findClipPicture, type PictureContext } from "./clip_source.ts";
import { clipFrameAt, type PlacedClip, visibleRange } from "./clip_time.ts";
import { dissolveOpacity, listFades, pictureTransition } from "./dissolve.ts";
import type { Animated } from "./effect_fields.ts";
import type { LayerStep, TransformValues } from "./effects/effect_translator.ts";
import { blendFills, fillFilter, type FillStep } from "./effects/fill_over.ts";
import { findPictureEffect, isSoundEffect } from "./effects/table.ts";
import { placePicture } from "./placement.ts";

/** What translating a clip needs, beside what its picture needs. */
export interface LayerContext extends PictureContext {
  /** Frames of the sequence that are looked at. */
  readonly limit: FrameRange;
  /** Tabulates values. */
  readonly baker: Baker;
}

/** The layer of a clip as its effects make it, step by step. */
interface Draft {
  readonly transforms: Animated<TransformValues>[];
  readonly fills: FillStep[];
  readonly filters: { service: string; properties: FilterProperties; changesAlpha: boolean }[];
  readonly opacities: Animated<number>[];
  readonly source: LayerSource | undefined;
  drawing: Animated<Drawing> | undefined;
  hasAlpha: boolean;
}

type FilterProperties = Animated<Readonly<Record<string, string>> | undefined>;

/**
 * Translates a clip of a picture track. Takes note of what is wrong with it or not supported.
 *
 * @returns `undefined` for a clip that shows nothing in `context.limit`.
 */
export function translateClip(placed: PlacedClip, context: LayerContext): VideoLayer | undefined {
  const { clip } = placed;
  if (!clip.isEnabled) return undefined;
  const picture = findClipPicture(placed, context);
  if (picture === undefined) return undefined;
  const visible = visibleRange(placed, picture.lengthFrames);
  const range = {
    startFrame: Math.max(visible.startFrame, context.limit.startFrame),
    endFrame: Math.min(visible.endFrame, context.limit.endFrame),
  };
  if (range.endFrame <= range.startFrame) return undefined;
  noteTransitions(placed, context);
  const draft = draftLayer(placed, { picture, context });
  return finishLayer(draft, { placed, picture, context, range });
}

function noteTransitions(placed: PlacedClip, context: LayerContext): void {
  for (const transition of [placed.opening, placed.closing]) {
    if (transition === undefined || !transition.own.isEnabled) continue;
    if (pictureTransition(transition.own.name) !== "unknown") continue;
    context.problems.add({
      code: "project_unsupported",
      line: transition.own.line,
      subject: placed.clip.name,
      message: `the transition ${JSON.stringify(transition.own.name)} is not supported`,
    });
  }
}

function draftLayer(
  placed: PlacedClip,
  options: { readonly picture: ClipPicture; readonly context: LayerContext },
): Draft {
  const { picture, context } = options;
  const { width, height } = context.sequence;
  const draft: Draft = {
    transforms: [],
    fills: [],
    filters: [],
    opacities: [],
    source: picture.source,
    drawing: undefined,
    hasAlpha: picture.hasAlpha,
  };
  for (const effect of placed.clip.effects) {
    if (!effect.isEnabled || isSoundEffect(effect.name)) continue;
    const refuse = (reason: string): void =>
      context.problems.add({
        code: "project_unsupported",
        line: effect.line,
        subject: placed.clip.name,
        message: reason,
      });
    const translator = findPictureEffect(effect.name);
    if (translator === undefined) {
      refuse(`the effect ${JSON.stringify(effect.name)} is not supported`);
      continue;
    }
    const step = context.problems.collect(placed.clip.name, () =>
      translator.translate({
        effect,
        media: picture.size,
        scene: { width, height },
        hasPicture: !isBlank(draft) || draft.fills.length > 0,
        hasAlpha: draft.hasAlpha,
      }));
    if (step === undefined) continue;
    if (step.kind === "refused") refuse(step.reason);
    else takeStep(draft, step);
  }
  return draft;
}

/** Nothing but fills so far, or not even that. */
function isBlank(draft: Draft): boolean {
  return draft.source === undefined && draft.drawing === undefined && draft.filters.length === 0;
}

function takeStep(draft: Draft, step: Exclude<LayerStep, { kind: "refused" }>): void {
  switch (step.kind) {
    case "transform":
      draft.transforms.push(step.values);
      return;
    case "fill":
      if (isBlank(draft)) draft.fills.push(step);
      else draft.filters.push(fillFilter(step, { hasAlpha: draft.hasAlpha }));
      if (step.opacity.isConstant && step.opacity.at(0) === 1) draft.hasAlpha = false;
      return;
    case "drawing":
      draft.drawing = step.drawing;
      draft.opacities.push(step.opacity);
      draft.hasAlpha = false;
      return;
    case "filters":
      // Without a picture there is nothing to change.
      if (isBlank(draft) && draft.fills.length === 0) return;
      draft.filters.push(...step.filters);
      draft.hasAlpha ||= step.filters.some((filter) => filter.changesAlpha);
      return;
  }
}

interface Finish {
  readonly placed: PlacedClip;
  readonly picture: ClipPicture;
  readonly context: LayerContext;
  readonly range: FrameRange;
}

function finishLayer(draft: Draft, finish: Finish): VideoLayer | undefined {
  const { placed, context, range } = finish;
  const source = finishSource(draft, finish);
  if (source === undefined) return undefined;
  const filters: LayerFilter[] = draft.filters.map(({ service, changesAlpha, properties }) => ({
    service,
    changesAlpha,
    properties: bakeFields([properties], { finish, valueAt: (at) => properties.at(at) ?? null }),
  }));
  const placement = bakePlacement(draft, finish);
  return {
    name: placed.clip.name,
    range: {
      startFrame: range.startFrame - context.shift,
      endFrame: range.endFrame - context.shift,
    },
    source,
    filters,
    placement,
  };
}

/** Tabulates what depends on fields of effects only. */
function bakeFields<T>(
  fields: readonly Animated<unknown>[],
  options: { readonly finish: Finish; readonly valueAt: (clipFrame: number) => T },
): Steps<T> {
  const { placed, context, range } = options.finish;
  const isConstant = fields.every((field) => field.isConstant);
  return context.baker.bake({ range, changes: isConstant ? [] : [range] }, {
    shift: context.shift,
    valueAt: (frame) => options.valueAt(clipFrameAt(placed, frame)),
  });
}

function finishSource(draft: Draft, finish: Finish): LayerSource | undefined {
  const { drawing, fills } = draft;
  if (drawing !== undefined) {
    const steps = bakeFields([drawing], { finish, valueAt: (at) => drawing.at(at) });
    return { kind: "drawing", ...finish.picture.size, drawing: steps };
  }
  if (draft.source !== undefined || fills.length === 0) return draft.source;
  const fields = fills.flatMap((fill) => [fill.color, fill.opacity]);
  return {
    kind: "color",
    color: bakeFields(fields, { finish, valueAt: (at) => blendFills(fills, at) }),
  };
}

function bakePlacement(draft: Draft, finish: Finish): Steps<Placement> {
  const { placed, picture, context, range } = finish;
  const { width, height } = context.sequence;
  const frame = {
    media: picture.size,
    scene: { width, height },
    isAutoscaled: placed.clip.isAutoscaled,
  };
  const animated = [...draft.transforms, ...draft.opacities];
  let isSlanted = false;
  const steps = context.baker.bake({
    range,
    changes: animated.every((value) => value.isConstant)
      ? listFades(placed).map((fade) => fade.range)
      : [range],
  }, {
    shift: context.shift,
    valueAt: (playhead): Placement => {
      const at = clipFrameAt(placed, playhead);
      const placement = placePicture(draft.transforms.map((values) => values.at(at)), frame);
      if (placement === undefined) {
        isSlanted = true;
        return [0, 0, 1, 1, 0, 0];
      }
      const own = draft.opacities.reduce((product, value) => product * value.at(at), 1);
      const opacity = placement[5] * own * dissolveOpacity(placed, playhead);
      return [...placement.slice(0, 5), Number(opacity.toFixed(6))] as unknown as Placement;
    },
  });
  if (!isSlanted) return steps;
  context.problems.add({
    code: "project_unsupported",
    line: placed.clip.line,
    subject: placed.clip.name,
    message: "several Transforms that slant the picture are not supported",
  });
  return steady([0, 0, 1, 1, 0, 0]);
}
