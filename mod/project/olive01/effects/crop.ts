import { type Animated, numberField, switchField } from "../effect_fields.ts";
import type {
  EffectTranslator,
  EffectUse,
  FilterStep,
  LayerStep,
  Size,
} from "./effect_translator.ts";

/** Distort/Crop: everything outside of a rectangle becomes transparent. Hard edges only. */
export const CROP: EffectTranslator = {
  name: "Distort/Crop",
  rating: "exact",
  translate: translateCrop,
};

function translateCrop({ effect, media }: EffectUse): LayerStep {
  const side = (id: string): Animated<number> => numberField(effect, { id, fallback: 0 });
  const feather = side("feather");
  if (!feather.isConstant || feather.at(0) !== 0) {
    return { kind: "refused", reason: "a crop with a feathered edge is not supported" };
  }
  const invert = switchField(effect, { id: "invert", fallback: false });
  if (!invert.isConstant || invert.at(0)) {
    return { kind: "refused", reason: "an inverted crop is not supported" };
  }
  return {
    kind: "filters",
    filters: [
      clearBox(side("left"), (share) => ({ ...whole(media), w: edge(share, media.width) })),
      clearBox(side("top"), (share) => ({ ...whole(media), h: edge(share, media.height) })),
      clearBox(side("right"), (share) => {
        const w = edge(share, media.width);
        return { ...whole(media), x: media.width - w, w };
      }),
      clearBox(side("bottom"), (share) => {
        const h = edge(share, media.height);
        return { ...whole(media), y: media.height - h, h };
      }),
    ],
  };
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function whole(media: Size): Box {
  return { x: 0, y: 0, w: media.width, h: media.height };
}

/** Pixels that are cut off: those whose centre lies outside. */
function edge(share: number, length: number): number {
  return Math.min(Math.max(Math.ceil(share * length - 0.5), 0), length);
}

function clearBox(percent: Animated<number>, boxAt: (share: number) => Box): FilterStep {
  return {
    service: "avfilter.drawbox",
    changesAlpha: true,
    properties: {
      isConstant: percent.isConstant,
      at: (frame) => {
        const box = boxAt(percent.at(frame) / 100);
        if (box.w === 0 || box.h === 0) return undefined;
        return {
          "av.x": String(box.x),
          "av.y": String(box.y),
          "av.w": String(box.w),
          "av.h": String(box.h),
          "av.color": "black@0",
          "av.t": "fill",
          "av.replace": "1",
        };
      },
    },
  };
}
