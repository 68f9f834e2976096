import { CROP } from "./crop.ts";
import type { EffectTranslator } from "./effect_translator.ts";
import { FLIP } from "./flip.ts";
import { INVERT } from "./invert.ts";
import { POSTERIZE } from "./posterize.ts";
import { SOLID } from "./solid.ts";
import { TRANSFORM } from "./transform.ts";

/** Every effect on pictures that can be rendered. To add one: a file beside this, a line here. */
export const PICTURE_EFFECTS: readonly EffectTranslator[] = [
  CROP,
  FLIP,
  INVERT,
  POSTERIZE,
  SOLID,
  TRANSFORM,
];

/** Effects on sound that have no picture effect of the same name; on a picture they do nothing. */
const SOUND_ONLY = ["Volume", "Pan", "Tone", "Fill Left/Right", "VST Plugin 2.x"];

/**
 * Finds the translator of an effect. An empty category fits any, as in the editor.
 *
 * @param name As in the project: `Category/Name`, split at the first `/`.
 * @returns `undefined` for an effect that cannot be rendered.
 */
export function findPictureEffect(name: string): EffectTranslator | undefined {
  const wanted = splitEffectName(name);
  return PICTURE_EFFECTS.find((effect) => {
    const own = splitEffectName(effect.name);
    return own.name === wanted.name && (wanted.category === "" || own.category === wanted.category);
  });
}

/** Whether an effect belongs to sound alone. */
export function isSoundEffect(name: string): boolean {
  const wanted = splitEffectName(name);
  return wanted.category === "" && SOUND_ONLY.includes(wanted.name);
}

/** Category and name of an effect or transition. Without a `/` the category is empty. */
export function splitEffectName(
  name: string,
): { readonly category: string; readonly name: string } {
  const slash = name.indexOf("/");
  return slash < 0
    ? { category: "", name }
    : { category: name.slice(0, slash), name: name.slice(slash + 1) };
}
