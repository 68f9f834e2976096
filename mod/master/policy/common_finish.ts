/** A slot that takes part in a job. */
export interface SlotPlan {
  /** When it comes free, milliseconds; `Infinity` if it stands still. */
  readonly freeAtMs: number;
  /** Frames per second beside the fixed cost, more than 0. */
  readonly fps: number;
  /** Fixed cost of a part, milliseconds. */
  readonly startMs: number;
}

/**
 * When frames would be done if they were divided so that all slots end at the same moment. A slot
 * that would come free too late for that gets none.
 *
 * @param slots Slots that take part.
 * @param frames Frames to divide, 0 or more.
 * @returns Milliseconds on the slots' clock; `Infinity` if no slot can take any.
 */
export function commonFinishMs(slots: readonly SlotPlan[], frames: number): number {
  let finishMs = Infinity;
  // The moment only moves forward as late slots drop out, so this ends after at most one round per slot.
  for (let round = 0; round <= slots.length; round++) {
    let fps = 0;
    let readySum = 0;
    for (const slot of slots) {
      const readyMs = slot.freeAtMs + slot.startMs;
      if (!(readyMs < finishMs)) continue;
      fps += slot.fps;
      readySum += slot.fps * readyMs;
    }
    if (fps === 0) return finishMs;
    const next = (frames * 1_000 + readySum) / fps;
    if (!(next < finishMs)) return finishMs;
    finishMs = next;
  }
  return finishMs;
}
