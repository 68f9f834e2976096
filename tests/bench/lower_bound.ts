/** A worker as the bound sees it. */
export interface BoundWorker {
  /** Frames per second, above 0. */
  readonly fps: number;
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
  const ends = workers.map(({ untilSeconds = Infinity }) => untilSeconds);
  let doneFrames = 0;
  let nowSeconds = 0;
  for (const endSeconds of [...new Set(ends)].toSorted((a, b) => a - b)) {
    const fps = workers.reduce(
      (sum, worker) => sum + ((worker.untilSeconds ?? Infinity) > nowSeconds ? worker.fps : 0),
      0,
    );
    const neededSeconds = fps > 0 ? (frames - doneFrames) / fps : Infinity;
    if (nowSeconds + neededSeconds <= endSeconds) return nowSeconds + neededSeconds;
    doneFrames += fps * (endSeconds - nowSeconds);
    nowSeconds = endSeconds;
  }
  return Infinity;
}
