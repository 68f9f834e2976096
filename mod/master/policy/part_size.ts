import { commonFinishMs, type SlotPlan } from "./common_finish.ts";
import {
  CRUMB_DELAY_MS,
  CRUMB_MS,
  GUIDED_SHARE,
  MAX_PART_STARTS,
  MIN_PART_STARTS,
  PROBE_MS_MAX,
  PROBE_SHARE,
  SLIVER_SHARE,
} from "./limits.ts";

/** What {@linkcode partSize} looks at. */
export interface PartSizeQuery {
  /** The slot that asks. */
  readonly slot: SlotPlan & { readonly isMeasured: boolean };
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
 * Size of the next part of a slot: half of what is left for it if all slots are to end together, at
 * least `minPartMs`, at most `maxPartMs`, never beyond the common end.
 */
export function partSize(query: PartSizeQuery): PartSize {
  const { slot, others, frames, maxPartMs } = query;
  const finishMs = commonFinishMs([slot, ...others], frames);
  const ownMs = finishMs - slot.freeAtMs - slot.startMs;
  if (isCrumb({ ...query, ownMs, finishMs })) return { frames: 0, ownMs };
  const perMs = slot.fps / 1_000;
  const wantedMs = slot.isMeasured ? guidedMs(query, ownMs) : probeMs(query, ownMs);
  const crumbMs = Math.max(CRUMB_MS, slot.startMs);
  const wanted = Math.max(1, Math.round(Math.min(Math.max(wantedMs, crumbMs), maxPartMs) * perMs));
  return { frames: Math.min(wanted, frames), ownMs };
}

/** Half of what is left, but neither shorter than is worth the start nor with a sliver left. */
function guidedMs(query: PartSizeQuery, ownMs: number): number {
  const { slot, minPartMs, maxPartMs } = query;
  const minMs = Math.min(maxPartMs, Math.max(minPartMs, MIN_PART_STARTS * slot.startMs));
  const C = Number(Deno.env.get("C") ?? 0);
  const wantedMs = Math.max(Math.min(ownMs * GUIDED_SHARE, MAX_PART_STARTS * slot.startMs), C * Math.sqrt(slot.startMs * ownMs), minMs);
  return ownMs - wantedMs < SLIVER_SHARE * minMs ? ownMs : wantedMs;
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
