import { numberField } from "../effect_fields.ts";
import type { EffectTranslator, EffectUse, LayerStep } from "./effect_translator.ts";

/** Color/Invert: each channel c becomes c + (1 - 2c) * amount; alpha stays. */
export const INVERT: EffectTranslator = {
  name: "Color/Invert",
  rating: "exact",
  translate: translateInvert,
};

function translateInvert({ effect, hasAlpha }: EffectUse): LayerStep {
  if (hasAlpha) {
    // The editor inverts colours that are multiplied by alpha; the filter sees them undivided.
    return { kind: "refused", reason: "inverting a picture with transparency is not supported" };
  }
  const amount = numberField(effect, { id: "amount", fallback: 100 });
  return {
    kind: "filters",
    filters: [{
      service: "avfilter.lutrgb",
      changesAlpha: false,
      properties: {
        isConstant: amount.isConstant,
        at: (frame) => {
          const share = Math.min(Math.max(amount.at(frame) / 100, 0), 1);
          if (share === 0) return undefined;
          const expression = `round(val+(255-2*val)*${share.toFixed(6)})`;
          return { "av.r": expression, "av.g": expression, "av.b": expression };
        },
      },
    }],
  };
}
