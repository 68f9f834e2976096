import { AUDIO_FPS_DEFAULT, START_MS_DEFAULT, VIDEO_FPS_DEFAULT } from "./limits.ts";
import type { PartKind, Speed } from "./snapshot.ts";

/** A speed as it is remembered. */
export interface RememberedSpeed {
  /** Frames per second of one slot beside the fixed cost, more than 0. */
  readonly fps: number;
  /** Fixed cost of a part, milliseconds, 0 or more. */
  readonly startMs: number;
  /** Parts that it was learned from, 1 or more. */
  readonly sampleCount: number;
}

/** One finished part. */
export interface SpeedSample {
  /** Frames, 1 or more. */
  readonly frames: number;
  /** Time of its render with its fixed cost, milliseconds, more than 0. */
  readonly renderMs: number;
}

/** How uncertain a remembered speed is taken to be at least, as a share: scenes differ. */
const RATE_DOUBT_MIN = 0.15;
/** How uncertain the first measured speed is. */
const RATE_DOUBT_FIRST = 0.4;
/** How uncertain the fixed cost is, as a share of itself. */
const START_DOUBT = 0.5;
/** How uncertain the fixed cost is at least, milliseconds. */
const START_DOUBT_MS_MIN = 50;
/**
 * How uncertain the fixed cost is at most for its own sake, milliseconds: otherwise a worker that became
 * slower would seem to start slowly, get longer parts for it, and seem to start more slowly yet.
 */
const START_DOUBT_MS_MAX = 1_500;
/**
 * How uncertain the fixed cost is at least, as a share of a part's time, where its frames should take
 * no longer than SHORT_WORK_MS. Were the time of so short a part blamed on its frames, the next one would
 * be shorter yet, until parts have one frame: on a busy machine a start can take ten times its usual time.
 */
const START_DOUBT_SHARE = 0.25;
/** See START_DOUBT_SHARE, milliseconds. */
const SHORT_WORK_MS = 2_000;
/** How much of a part's time is chance. */
const NOISE = 0.1;
/** Longest believable fixed cost as a share of a part's time. */
const START_SHARE_MAX = 0.9;

/**
 * Learns from one more part: corrects speed and fixed cost by what the part took longer or shorter
 * than expected. Short parts teach the fixed cost, long ones the speed, each in proportion to how
 * uncertain it is (one step of a Kalman filter whose uncertainty never falls below that of scenes).
 *
 * @param old What was remembered; `undefined` before the first part.
 * @param sample The part.
 * @returns What to remember.
 * @throws {RangeError} If frames or time are not positive.
 */
export function smoothSpeed(
  old: RememberedSpeed | undefined,
  sample: SpeedSample,
): RememberedSpeed {
  const { frames, renderMs } = sample;
  if (!(frames > 0) || !(renderMs > 0)) {
    throw new RangeError(
      `Cannot learn a speed: current values are ${frames} frames in ${renderMs} ms, both must be positive`,
    );
  }
  if (old === undefined) {
    const startMs = Math.min(START_MS_DEFAULT, renderMs / 2);
    return { fps: frames * 1_000 / (renderMs - startMs), startMs, sampleCount: 1 };
  }
  const msPerFrame = 1_000 / old.fps;
  const rateDoubt = Math.max(RATE_DOUBT_MIN, RATE_DOUBT_FIRST / Math.sqrt(old.sampleCount));
  const rateVariance = (rateDoubt * msPerFrame) ** 2;
  const isShort = frames * msPerFrame <= SHORT_WORK_MS;
  const startDoubt = Math.max(
    START_DOUBT_MS_MIN,
    Math.min(START_DOUBT * old.startMs, START_DOUBT_MS_MAX),
    isShort ? START_DOUBT_SHARE * renderMs : 0,
  );
  const startVariance = startDoubt ** 2;
  const surprise = renderMs - (old.startMs + frames * msPerFrame);
  const total = startVariance + frames ** 2 * rateVariance + (NOISE * renderMs) ** 2;
  const newStart = old.startMs + surprise * startVariance / total;
  const newRate = msPerFrame + surprise * frames * rateVariance / total;
  return {
    // A surprise of any size leaves a speed that is positive and no more than four times as high.
    fps: 1_000 / Math.max(newRate, msPerFrame / 4),
    startMs: Math.min(Math.max(0, newStart), START_SHARE_MAX * renderMs),
    sampleCount: old.sampleCount + 1,
  };
}

/** What may be known of a worker's speed, best first. */
export interface SpeedSources {
  /** What the speed is for. */
  readonly kind: PartKind;
  /** This worker on this project. */
  readonly project?: RememberedSpeed | undefined;
  /** This worker with this renderer, on other projects. */
  readonly renderer?: RememberedSpeed | undefined;
  /** Frames per second of the worker on the built-in sample; 0 if not measured. */
  readonly benchmarkFps?: number | undefined;
  /** Frames per second of other workers on this project, per frame per second of their benchmark. */
  readonly projectPerBenchmark?: number | undefined;
  /** Mean speed of one slot of the other workers on this project. */
  readonly averageOfOthers?: RememberedSpeed | undefined;
}

/**
 * The speed to expect of a worker, from the best that is known.
 *
 * @returns Always a speed; `isMeasured` only from this worker on this project.
 */
export function fallbackSpeed(sources: SpeedSources): Speed {
  const { kind, project, renderer, benchmarkFps = 0, averageOfOthers } = sources;
  if (project !== undefined) {
    return { fps: project.fps, startMs: project.startMs, isMeasured: true };
  }
  const startMs = renderer?.startMs ?? averageOfOthers?.startMs ?? START_MS_DEFAULT;
  const guess = (fps: number): Speed => ({ fps, startMs, isMeasured: false });
  const { projectPerBenchmark = 0 } = sources;
  if (kind === "video" && benchmarkFps > 0 && projectPerBenchmark > 0) {
    return guess(benchmarkFps * projectPerBenchmark);
  }
  if (renderer !== undefined) return guess(renderer.fps);
  if (kind === "video" && benchmarkFps > 0) return guess(benchmarkFps);
  if (averageOfOthers !== undefined) return guess(averageOfOthers.fps);
  return guess(kind === "video" ? VIDEO_FPS_DEFAULT : AUDIO_FPS_DEFAULT);
}
