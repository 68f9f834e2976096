import { switchField } from "../effect_fields.ts";
import type { EffectTranslator, EffectUse, FilterStep, LayerStep } from "./effect_translator.ts";

/** Distort/Flip: mirrors the picture. */
export const FLIP: EffectTranslator = {
  name: "Distort/Flip",
  rating: "exact",
  translate: translateFlip,
};

function translateFlip({ effect }: EffectUse): LayerStep {
  const mirror = (id: string, options: { service: string; fallback: boolean }): FilterStep => {
    const isOn = switchField(effect, { id, fallback: options.fallback });
    return {
      service: options.service,
      properties: {
        isConstant: isOn.isConstant,
        at: (frame) => isOn.at(frame) ? {} : undefined,
      },
      changesAlpha: false,
    };
  };
  return {
    kind: "filters",
    filters: [
      mirror("horiz", { service: "avfilter.hflip", fallback: true }),
      mirror("vert", { service: "avfilter.vflip", fallback: false }),
    ],
  };
}
