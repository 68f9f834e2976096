import type { Animated, Rgb } from "../effect_fields.ts";
import type { FilterStep, LayerStep } from "./effect_translator.ts";

/** A colour over the whole picture. */
export type FillStep = Extract<LayerStep, { kind: "fill" }>;

/**
 * One colour that stands for several fills over each other on a transparent ground.
 *
 * @param fills The lowest first, one or more.
 * @param clipFrame Moment.
 * @returns `#rrggbbaa`, not multiplied by alpha.
 */
export function blendFills(fills: readonly FillStep[], clipFrame: number): string {
  let alpha = 0;
  let mixed: Rgb = { red: 0, green: 0, blue: 0 };
  for (const fill of fills) {
    const own = fill.opacity.at(clipFrame);
    const color = fill.color.at(clipFrame);
    const below = alpha * (1 - own);
    alpha = own + below;
    const mix = (channel: keyof Rgb): number =>
      alpha === 0 ? 0 : (color[channel] * own + mixed[channel] * below) / alpha;
    mixed = { red: mix("red"), green: mix("green"), blue: mix("blue") };
  }
  const hex = (value: number): string => Math.round(value).toString(16).padStart(2, "0");
  return `#${hex(mixed.red)}${hex(mixed.green)}${hex(mixed.blue)}${hex(alpha * 255)}`;
}

/** A fill over a picture that is there already. */
export function fillFilter(
  fill: FillStep,
  picture: { readonly hasAlpha: boolean },
): FilterStep {
  const properties: Animated<Readonly<Record<string, string>> | undefined> = {
    isConstant: fill.color.isConstant && fill.opacity.isConstant,
    at: (clipFrame) => {
      const own = fill.opacity.at(clipFrame);
      if (own === 0) return undefined;
      const color = fill.color.at(clipFrame);
      return picture.hasAlpha ? overTransparent(color, own) : overOpaque(color, own);
    },
  };
  const service = picture.hasAlpha ? "avfilter.geq" : "avfilter.lutrgb";
  return { service, properties, changesAlpha: picture.hasAlpha };
}

function overOpaque(color: Rgb, opacity: number): Readonly<Record<string, string>> {
  const mix = (value: number): string =>
    `round(val*${(1 - opacity).toFixed(6)}+${(value * opacity).toFixed(6)})`;
  return { "av.r": mix(color.red), "av.g": mix(color.green), "av.b": mix(color.blue) };
}

function overTransparent(color: Rgb, opacity: number): Readonly<Record<string, string>> {
  const own = opacity.toFixed(6);
  const below = `(alpha(X,Y)/255*${(1 - opacity).toFixed(6)})`;
  const mix = (channel: string, value: number): string =>
    `round((${value}*${own}+${channel}(X,Y)*${below})/(${own}+${below}))`;
  return {
    "av.r": mix("r", color.red),
    "av.g": mix("g", color.green),
    "av.b": mix("b", color.blue),
    "av.a": `round(255*(${own}+${below}))`,
  };
}
