import { numberField } from "../effect_fields.ts";
import type { EffectTranslator, EffectUse, LayerStep } from "./effect_translator.ts";

/** Stylize/Posterize: each channel c becomes (floor(c^gamma * n) / n)^(1/gamma). */
export const POSTERIZE: EffectTranslator = {
  name: "Stylize/Posterize",
  rating: "exact",
  translate: translatePosterize,
};

const GAMMA_MIN = 0.01;

function translatePosterize({ effect, hasAlpha }: EffectUse): LayerStep {
  if (hasAlpha) {
    // The editor counts in colours that are multiplied by alpha; the filter sees them undivided.
    return { kind: "refused", reason: "posterizing a picture with transparency is not supported" };
  }
  const colors = numberField(effect, { id: "numColors", fallback: 8 });
  const gamma = numberField(effect, { id: "gamma_cent", fallback: 60 });
  return {
    kind: "filters",
    filters: [{
      service: "avfilter.lutrgb",
      changesAlpha: false,
      properties: {
        isConstant: colors.isConstant && gamma.isConstant,
        at: (frame) => {
          const n = Math.max(1, colors.at(frame)).toFixed(6);
          const g = Math.max(GAMMA_MIN, gamma.at(frame) / 100).toFixed(6);
          // A step above the exact border, as one is in single precision.
          const level = `floor(pow(val/255,${g})*${n}+0.00001)/${n}`;
          const expression = `round(255*min(1,pow(${level},1/${g})))`;
          return { "av.r": expression, "av.g": expression, "av.b": expression };
        },
      },
    }],
  };
}
