import { type Animated, numberField, switchField } from "../effect_fields.ts";
import type { EffectTranslator, EffectUse, LayerStep, Size } from "./effect_translator.ts";

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
  const sides = [side("left"), side("top"), side("right"), side("bottom")] as const;
  return {
    kind: "filters",
    filters: [{
      service: "qtcrop",
      changesAlpha: true,
      properties: {
        isConstant: sides.every((each) => each.isConstant),
        at: (frame) => cropProperties(sides.map((each) => each.at(frame) / 100), media),
      },
    }],
  };
}

function cropProperties(
  shares: readonly number[],
  media: Size,
): Readonly<Record<string, string>> | undefined {
  const [left = 0, top = 0, right = 0, bottom = 0] = shares;
  const x = cutPixels(left, media.width);
  const y = cutPixels(top, media.height);
  const width = Math.max(0, media.width - x - cutPixels(right, media.width));
  const height = Math.max(0, media.height - y - cutPixels(bottom, media.height));
  if (width === media.width && height === media.height) return undefined;
  const percent = (pixels: number, of: number): string => `${(pixels / of * 100).toFixed(8)}%`;
  return {
    rect: [
      percent(x, media.width),
      percent(y, media.height),
      percent(width, media.width),
      percent(height, media.height),
    ].join(" "),
  };
}

/** Pixels that are cut off: those whose centre lies outside. */
function cutPixels(share: number, length: number): number {
  return Math.min(Math.max(Math.ceil(share * length - 0.5), 0), length);
}
