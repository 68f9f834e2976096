import { commonFinishMs, type SlotPlan } from "./common_finish.ts";
import {
  CRUMB_DELAY_MS,
  CRUMB_MS,
  GUIDED_SHARE,
  MIN_PART_MS_MAX,
  MIN_PART_STARTS,
  PROBATION_DELAY_MS,
  PROBE_MS_MAX,
  PROBE_SHARE,
  SLIVER_SHARE,
  START_ROOT_FACTOR,
} from "./limits.ts";

/** What {@linkcode partSize} looks at. */
export interface PartSizeQuery {
  /** The slot that asks. */
  readonly slot: SlotPlan & {
    /** `false`: its speed is a guess, its part must be small. */
    readonly isMeasured: boolean;
    /** Its last part failed: the next must be small, and is given only if it matters. */
    readonly isOnProbation?: boolean;
  };
  /** All other slots that work on the job. */
  readonly others: readonly SlotPlan[];
  /** Frames of the job that nobody is working on, 1 or more. */
  readonly frames: number;
  /** Shortest part that is worth its fixed cost, milliseconds of work. */
  readonly minPartMs: number;
  /** Longest part, milliseconds of work. */
  readonly maxPartMs: number;
}

/** How large a part should be, and why. */
export interface PartSize {
  /** Frames, 0 to `frames`; 0 if others will be done before this slot is of any use. */
  readonly frames: number;
  /** What the slot would get if everything was divided so that all end together, milliseconds of work. */
  readonly ownMs: number;
}

/**
 * Size of the next part of a slot: a share of what is left for it if all slots are to end together, at
 * least `minPartMs`, at most `maxPartMs`, and not beyond the common end but for the last crumbs.
 */
export function partSize(query: PartSizeQuery): PartSize {
  const { slot, others, frames, maxPartMs } = query;
  const finishMs = commonFinishMs([slot, ...others], frames);
  const ownMs = finishMs - slot.freeAtMs - slot.startMs;
  const delayMs = slot.isOnProbation === true
    ? commonFinishMs(others, frames) - finishMs
    : Infinity;
  if (delayMs < PROBATION_DELAY_MS || isCrumb({ ...query, ownMs, finishMs })) {
    return { frames: 0, ownMs };
  }
  const perMs = slot.fps / 1_000;
  const isTrusted = slot.isMeasured && slot.isOnProbation !== true;
  const wantedMs = isTrusted ? guidedMs(query, ownMs) : probeMs(query, ownMs);
  const crumbMs = Math.max(CRUMB_MS, slot.startMs);
  const wanted = Math.max(1, Math.round(Math.min(Math.max(wantedMs, crumbMs), maxPartMs) * perMs));
  return { frames: Math.min(wanted, frames), ownMs };
}

/** A share of what is left, but neither shorter than is worth the start nor with a sliver left. */
function guidedMs(query: PartSizeQuery, ownMs: number): number {
  const { slot, minPartMs, maxPartMs } = query;
  const { startMs } = slot;
  const worthMs = Math.min(MIN_PART_STARTS * startMs, MIN_PART_MS_MAX);
  const minMs = Math.min(maxPartMs, Math.max(minPartMs, worthMs));
  const leftMs = Math.max(0, ownMs);
  const rootMs = START_ROOT_FACTOR * Math.sqrt(startMs * leftMs);
  const wantedMs = Math.max(GUIDED_SHARE * leftMs, rootMs, minMs);
  return leftMs - wantedMs < SLIVER_SHARE * minMs ? leftMs : wantedMs;
}

/** A careful first part: if this slot is eight times slower than believed, nobody waits for it. */
function probeMs(query: PartSizeQuery, ownMs: number): number {
  const carefulMs = Math.max(ownMs * PROBE_SHARE, 2 * query.slot.startMs);
  return Math.min(ownMs, carefulMs, PROBE_MS_MAX);
}

/**
 * Whether what is left for a slot is not worth its start: another would do all that is left sooner, and
 * without this slot the job would end hardly later. The quickest of all never says so, or nobody would
 * take the last frames.
 */
function isCrumb(query: PartSizeQuery & { ownMs: number; finishMs: number }): boolean {
  const { ownMs, finishMs, others, frames, slot } = query;
  if (ownMs >= Math.max(CRUMB_MS, slot.startMs)) return false;
  const endMs = soloEndMs(slot, frames);
  if (!others.some((each) => soloEndMs(each, frames) < endMs)) return false;
  return ownMs <= 0 || commonFinishMs(others, frames) - finishMs <= CRUMB_DELAY_MS;
}

/** When a slot would be done with all that is left. */
function soloEndMs(slot: SlotPlan, frames: number): number {
  return slot.freeAtMs + slot.startMs + frames * 1_000 / slot.fps;
}
