import type { Clock } from "../../core/mod.ts";
import type { RunningProgram } from "../../process/mod.ts";

const LOOK_MS = 500;
/** Looks in a row: between its encoder's end and its own, a healthy melt has one thread for a moment. */
const LOOKS_MIN = 4;

/** What is watched. */
export interface StuckMeltWatch {
  /** The running melt. */
  readonly melt: RunningProgram;
  /** Where it writes to; not there before its encoder has begun. */
  readonly outPath: string;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/**
 * Watches a melt that waits for an encoder which has ended already.
 *
 * MLT's avformat consumer notes that it runs after it has started its thread, not before. On a busy
 * machine the thread can see that it does not run yet, and end without a frame; or it can be done
 * with a short range first. Either way melt then waits for ever: about one short render in 300 at a
 * load of 10 on two processors, with melt 7.12.
 *
 * @returns `true` when that has happened, `false` when the signal ended the watch.
 * @see Source: mltframework/mlt, src/modules/avformat/consumer_avformat.c, `consumer_start`.
 */
export async function untilStuck(watch: StuckMeltWatch): Promise<boolean> {
  const { melt, outPath, clock, signal } = watch;
  for (let looks = 0; await clock.sleep(LOOK_MS, signal);) {
    const isAlone = await melt.countThreads() === 1 && await exists(outPath);
    looks = isAlone ? looks + 1 : 0;
    if (looks >= LOOKS_MIN) return true;
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
