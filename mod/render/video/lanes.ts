import type { FrameRange } from "../../core/mod.ts";

/**
 * Puts layers, in drawing order, on as few tracks as possible: of two that overlap in time, the
 * later is on the higher track.
 *
 * @param ranges Frames of each layer, bottom first.
 * @returns The track of each, from 0, the bottom.
 */
export function assignLanes(ranges: readonly FrameRange[]): readonly number[] {
  const lanes: number[] = [];
  ranges.forEach((range, index) => {
    let lane = 0;
    for (let below = 0; below < index; below++) {
      const other = ranges[below];
      const otherLane = lanes[below] ?? 0;
      if (other === undefined || otherLane < lane) continue;
      if (other.startFrame < range.endFrame && range.startFrame < other.endFrame) {
        lane = otherLane + 1;
      }
    }
    lanes.push(lane);
  });
  return lanes;
}
