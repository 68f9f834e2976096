/**
 * What a simulation is told and what it tells. Holds no test itself.
 *
 * @module
 */
import type { FrameRange } from "../../core/mod.ts";
import type { Decision, FailedPart, OngoingPart, RememberedSpeed } from "./mod.ts";

/** One worker of a simulated farm. */
export interface SimulatedWorker {
  readonly name: string;
  /** True frames per second of a slot. */
  readonly fps: number;
  readonly startMs: number;
  readonly slots?: number;
  /** What the master remembers; absent: nothing. */
  readonly remembered?: RememberedSpeed;
  readonly joinAtMs?: number;
  /** Dies; noticed `noticeMs` later. */
  readonly killAtMs?: number;
  readonly noticeMs?: number;
  /** All of its renders stand still from here on; the worker lives. */
  readonly hangAtMs?: number;
  /** Renders this much slower from here on. */
  readonly slowAtMs?: number;
  readonly slowFactor?: number;
}

/** One simulated job. */
export interface SimulatedFarm {
  readonly workers: readonly SimulatedWorker[];
  readonly frames: number;
  /** Cost of each frame, mean 1; absent: all the same. */
  readonly costs?: Float64Array;
  readonly minPartMs?: number;
  readonly maxPartMs?: number;
  /** From a worker to the master or back, milliseconds. */
  readonly latencyMs?: number;
  readonly heartbeatMs?: number;
  /** Sound of the job: its length on a worker of 1 fps, milliseconds; absent: no sound. */
  readonly audioFrames?: number;
  /** A worker fails every part that holds this frame. */
  readonly poison?: (worker: string, range: FrameRange) => boolean;
  /** Sees every decision before it is carried out. */
  readonly onDecision?: (decision: Decision, farm: FarmState) => void;
}

/** How a simulated job went. */
export interface SimulatedEnd {
  readonly isFailed: boolean;
  /** From the submission to the last part, milliseconds. */
  readonly endMs: number;
  /** `endMs` divided by what the slots could have done at best. */
  readonly ratio: number;
  readonly boundMs: number;
  /** Frames that were rendered and thrown away, as a share of all. */
  readonly wasted: number;
  readonly attempts: number;
  readonly seconds: number;
  readonly decisions: number;
}

/** What a simulation knows; for checks. */
export interface FarmState {
  readonly nowMs: number;
  /** Who asked. */
  readonly worker: string;
  readonly isSlotIdle: boolean;
  readonly queued: readonly FrameRange[];
  readonly failed: readonly FailedPart[];
  readonly ongoing: readonly OngoingPart[];
}

/** Least time that the slots need if work were a fluid: each counts from its joining to its fault. */
export function fluidBoundMs(farm: SimulatedFarm): number {
  const cost = farm.costs?.reduce((sum, each) => sum + each, 0) ?? farm.frames;
  let low = 0;
  let high = 1e12;
  for (let round = 0; round < 80; round++) {
    const middle = (low + high) / 2;
    let done = 0;
    for (const worker of farm.workers) {
      const { joinAtMs = 0, killAtMs = Infinity, hangAtMs = Infinity } = worker;
      const { slowAtMs = Infinity, slowFactor = 1, slots = 1 } = worker;
      const endMs = Math.min(middle, killAtMs, hangAtMs);
      const fastMs = Math.max(0, Math.min(endMs, slowAtMs) - joinAtMs);
      const slowMs = Math.max(0, endMs - Math.max(joinAtMs, slowAtMs));
      done += slots * worker.fps * (fastMs + slowMs / slowFactor) / 1_000;
    }
    if (done >= cost) high = middle;
    else low = middle;
  }
  return high;
}
