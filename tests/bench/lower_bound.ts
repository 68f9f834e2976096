/** A worker as the bound sees it. */
export interface BoundWorker {
  /** Frames per second, above 0. */
  readonly fps: number;
  /** Seconds from the start until it joins; 0 if absent. */
  readonly fromSeconds?: number;
  /** Seconds from the start until it is killed or hangs; absent: never. */
  readonly untilSeconds?: number;
}

/**
 * Shortest time in which workers can make frames, if none ever waits and nothing is made twice.
 *
 * @param frames Frames of equal weight.
 * @returns Seconds; `Infinity` if those that are left can never finish.
 */
export function lowerBoundSeconds(frames: number, workers: readonly BoundWorker[]): number {
  const changes = new Set([0]);
  for (const { fromSeconds = 0, untilSeconds = Infinity } of workers) {
    changes.add(fromSeconds).add(untilSeconds);
  }
  const times = [...changes].filter(Number.isFinite).toSorted((a, b) => a - b);
  let leftFrames = frames;
  for (const [index, nowSeconds] of times.entries()) {
    const nextSeconds = times[index + 1] ?? Infinity;
    const fps = workers.filter(({ fromSeconds = 0, untilSeconds = Infinity }) =>
      fromSeconds <= nowSeconds && nowSeconds < untilSeconds
    ).reduce((sum, worker) => sum + worker.fps, 0);
    if (fps > 0 && leftFrames / fps <= nextSeconds - nowSeconds) {
      return nowSeconds + leftFrames / fps;
    }
    leftFrames -= fps > 0 ? fps * (nextSeconds - nowSeconds) : 0;
  }
  return Infinity;
}
