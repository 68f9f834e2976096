import type { Drawing } from "../../../core/mod.ts";
import { colorField, numberField, type Rgb, textField } from "../effect_fields.ts";
import type { EffectTranslator, EffectUse, LayerStep, Size } from "./effect_translator.ts";
import { drawColorBars } from "./solid_bars.ts";

/** Render/Solid: one colour, colour bars or a checkerboard over the whole picture. */
export const SOLID: EffectTranslator = {
  name: "Render/Solid",
  rating: "exact",
  translate: translateSolid,
};

const RED: Rgb = { red: 255, green: 0, blue: 0 };

function translateSolid({ effect, media, hasPicture }: EffectUse): LayerStep {
  const type = textField(effect, { id: "type", fallback: "0" });
  const percent = numberField(effect, { id: "opacity", fallback: 100 });
  const color = colorField(effect, { id: "color", fallback: RED });
  const side = numberField(effect, { id: "checker_size", fallback: 10 });
  const opacity = {
    isConstant: percent.isConstant,
    at: (frame: number): number => Math.min(Math.max(percent.at(frame) / 100, 0), 1),
  };
  if (!type.isConstant) return refused("a solid whose type changes over time is not supported");
  if (type.at(0) !== "1" && type.at(0) !== "2") return { kind: "fill", color, opacity };
  if (hasPicture) return refused("bars or a checkerboard over another picture are not supported");
  if (type.at(0) === "1") {
    return {
      kind: "drawing",
      drawing: { isConstant: true, at: () => drawColorBars(media) },
      opacity,
    };
  }
  return {
    kind: "drawing",
    drawing: {
      isConstant: side.isConstant && color.isConstant,
      at: (frame) => drawCheckerboard(media, { side: side.at(frame), color: color.at(frame) }),
    },
    opacity,
  };
}

function refused(reason: string): LayerStep {
  return { kind: "refused", reason };
}

function drawCheckerboard(
  media: Size,
  pattern: { readonly side: number; readonly color: Rgb },
): Drawing {
  const longest = Math.max(media.width, media.height);
  return {
    kind: "checkerboard",
    side: Math.min(Math.max(1, Math.round(pattern.side)), longest),
    color: `${formatColor(pattern.color)}ff`,
  };
}

/** `#rrggbb`. */
export function formatColor(color: Rgb): string {
  const hex = (value: number): string => value.toString(16).padStart(2, "0");
  return `#${hex(color.red)}${hex(color.green)}${hex(color.blue)}`;
}
