import type { FrameRange } from "../../core/mod.ts";
import type { PlacedClip, PlacedTransition } from "./clip_time.ts";
import { splitEffectName } from "./effects/table.ts";

/** Transitions that fade sound; on a picture they do nothing. */
const SOUND_FADES = ["Linear Fade", "Exponential Fade", "Logarithmic Fade"];
const DISSOLVE = "Cross Dissolve";

/** What a transition means for a picture. */
export type PictureTransition = "dissolve" | "nothing" | "unknown";

/** What a transition of that name means for a picture. */
export function pictureTransition(name: string): PictureTransition {
  const wanted = splitEffectName(name);
  if (wanted.category !== "") return "unknown";
  if (wanted.name === DISSOLVE) return "dissolve";
  return SOUND_FADES.includes(wanted.name) ? "nothing" : "unknown";
}

/**
 * Opacity of a clip by its own dissolves at a playhead. An opening one starts at 0; a closing one
 * ends just above it; both multiply. Of a shared one only the later clip fades in, over twice the
 * length, while the earlier one stays opaque underneath.
 *
 * @returns 0..1.
 */
export function dissolveOpacity(placed: PlacedClip, playhead: number): number {
  let opacity = 1;
  for (const fade of listFades(placed)) {
    if (playhead < fade.range.startFrame || playhead >= fade.range.endFrame) continue;
    const share = (playhead - fade.range.startFrame) /
      (fade.range.endFrame - fade.range.startFrame);
    opacity *= fade.isOpening ? share : 1 - share;
  }
  return opacity;
}

/** Frames in which a clip's opacity changes by its dissolves. Absolute frames of the sequence. */
export function listFades(
  placed: PlacedClip,
): readonly { readonly range: FrameRange; readonly isOpening: boolean }[] {
  const fades: { range: FrameRange; isOpening: boolean }[] = [];
  const { opening, closing } = placed;
  if (opening !== undefined && isDissolve(opening)) {
    const length = opening.own.lengthFrames * (opening.isShared ? 2 : 1);
    const range = { startFrame: placed.inFrame, endFrame: placed.inFrame + length };
    fades.push({ range, isOpening: true });
  }
  if (closing !== undefined && isDissolve(closing) && !closing.isShared) {
    const range = {
      startFrame: placed.outFrame - closing.own.lengthFrames,
      endFrame: placed.outFrame,
    };
    fades.push({ range, isOpening: false });
  }
  return fades;
}

function isDissolve(transition: PlacedTransition): boolean {
  const { own } = transition;
  return own.isEnabled && own.lengthFrames > 0 && pictureTransition(own.name) === "dissolve";
}
