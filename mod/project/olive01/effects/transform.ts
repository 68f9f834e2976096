import { numberField, switchField } from "../effect_fields.ts";
import type {
  EffectTranslator,
  EffectUse,
  LayerStep,
  TransformValues,
} from "./effect_translator.ts";

/** Distort/Transform: place, size, angle, anchor and opacity. Its blend mode does nothing in 0.1. */
export const TRANSFORM: EffectTranslator = {
  name: "Distort/Transform",
  rating: "exact",
  translate: translateTransform,
};

function translateTransform({ effect, scene }: EffectUse): LayerStep {
  const number = (id: string, fallback: number): ReturnType<typeof numberField> =>
    numberField(effect, { id, fallback });
  const x = number("posx", scene.width / 2);
  const y = number("posy", scene.height / 2);
  const scaleX = number("scalex", 100);
  const scaleY = number("scaley", 100);
  const isUniform = switchField(effect, { id: "uniformscale", fallback: true });
  const rotation = number("rotation", 0);
  const anchorX = number("anchorx", 0);
  const anchorY = number("anchory", 0);
  const opacity = number("opacity", 100);
  const all = [x, y, scaleX, scaleY, isUniform, rotation, anchorX, anchorY, opacity];
  const at = (frame: number): TransformValues => {
    const horizontal = Math.max(0, scaleX.at(frame)) / 100;
    const vertical = Math.max(0, scaleY.at(frame)) / 100;
    return {
      x: x.at(frame),
      y: y.at(frame),
      scaleX: horizontal,
      scaleY: isUniform.at(frame) ? horizontal : vertical,
      rotation: rotation.at(frame),
      anchorX: Math.round(anchorX.at(frame)),
      anchorY: Math.round(anchorY.at(frame)),
      opacity: Math.min(Math.max(opacity.at(frame) / 100, 0), 1),
    };
  };
  return {
    kind: "transform",
    values: { isConstant: all.every((field) => field.isConstant), at },
  };
}
