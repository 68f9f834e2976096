import { createRandom, type Random } from "../bench/simulation/random.ts";

/** What a round breaks. `target` is a worker's name, or `master`. Times are seconds. */
export type Fault =
  & {
    /** Whom it hits: a worker's name, or {@linkcode MASTER}. */
    readonly target: string;
    /** From the submission of the job until it strikes. */
    readonly atSeconds: number;
    /** How long it lasts: until the restart, the thaw, the repair; 0 for what is over at once. */
    readonly seconds: number;
  }
  & (
    | { readonly kind: "kill" | "stop" | "kill_renderer" | "stop_renderer" | "full_disk" }
    | { readonly kind: "network"; readonly how: "blackhole" | "reset" | "delay" }
    | { readonly kind: "clock_jump"; readonly jumpSeconds: number }
    | {
      readonly kind: "bad_render";
      readonly how: "fail" | "die" | "short" | "hang";
      /** Frame of the film, or the first one of those, that it cannot make. */
      readonly frame: number;
    }
  );

/** Kinds of faults. */
export type FaultKind = Fault["kind"];

/** Target that is no worker. */
export const MASTER = "master";

/** A worker of a round. */
export interface WorkerPlan {
  readonly name: string;
  /** Frames per second of its renderer. */
  readonly fps: number;
  /** Start of its renderer, seconds. */
  readonly startSeconds: number;
}

/**
 * What the faults of a round can lead to.
 *
 * - `losses`: nothing fails by itself, so no attempt may be counted as failed;
 * - `failures`: one worker's renders fail, others can do what it cannot;
 * - `poison`: nobody can render some frames: the job fails, and `retry` needs only those.
 */
export type RoundClass = "losses" | "failures" | "poison";

/** One round, made of nothing but its seed. */
export interface RoundPlan {
  readonly seed: number;
  readonly class: RoundClass;
  readonly workers: readonly WorkerPlan[];
  /** Length of the film, frames. */
  readonly frames: number;
  readonly leaseSeconds: number;
  readonly minPartSeconds: number;
  readonly maxPartSeconds: number;
  /** In the order of their times. Those of one target do not overlap. */
  readonly faults: readonly Fault[];
  /** Frames that nobody can render at first; `poison` only. */
  readonly poison: { readonly startFrame: number; readonly endFrame: number } | undefined;
}

/** Films have a multiple of this many frames, so that few projects have to be made. */
const FRAMES_STEP = 100;
/** Longest film of a round, frames. */
export const FRAMES_MAX = 1_500;
/** Rest after a fault before the next one of the same target, seconds. */
const REST_SECONDS = 0.8;
const SPEEDS = [30, 60, 90, 120, 240] as const;

/** Draws a round. The same seed draws the same round on every machine. */
export function drawRound(seed: number): RoundPlan {
  const random = createRandom(seed);
  const roundClass = pick<RoundClass>(random, [
    ...["losses", "losses", "losses", "losses", "losses", "losses", "losses"] as const,
    ...["failures", "failures", "poison"] as const,
  ]);
  const workers = Array.from({ length: pick(random, [2, 2, 3, 3, 4]) }, (_, index): WorkerPlan => ({
    name: `w${index + 1}`,
    fps: pick(random, SPEEDS),
    startSeconds: pick(random, [0.1, 0.3, 0.6]),
  }));
  const fps = workers.reduce((sum, worker) => sum + worker.fps, 0);
  const wanted = Math.round(fps * random.between(2, 3.2) / FRAMES_STEP) * FRAMES_STEP;
  const frames = Math.min(FRAMES_MAX, Math.max(FRAMES_STEP, wanted));
  const scene: Scene = { random, workers, frames, boundSeconds: frames / fps };
  const startFrame = random.index(frames);
  return {
    seed,
    class: roundClass,
    workers,
    frames,
    leaseSeconds: 2 + random.index(3),
    minPartSeconds: pick(random, [0.3, 0.6, 1]),
    maxPartSeconds: pick(random, [1, 2, 90]),
    faults: withoutOverlap(drawFaults(roundClass, scene)),
    poison: roundClass === "poison"
      ? { startFrame, endFrame: Math.min(frames, startFrame + 1 + random.index(20)) }
      : undefined,
  };
}

/** What faults are drawn by. */
interface Scene {
  readonly random: Random;
  readonly workers: readonly WorkerPlan[];
  readonly frames: number;
  /** No farm without faults is quicker, so that what comes before comes in time. */
  readonly boundSeconds: number;
}

function drawFaults(roundClass: RoundClass, scene: Scene): Fault[] {
  const { random } = scene;
  if (roundClass === "losses") {
    return Array.from({ length: 1 + random.index(4) }, () => drawLoss(scene));
  }
  // Other workers stay online: whether they could do what one cannot is what decides.
  const onMaster = Array.from({ length: random.index(3) }, () => drawMasterLoss(scene));
  return roundClass === "failures" ? [drawFailure(scene), ...onMaster] : onMaster;
}

function drawLoss(scene: Scene): Fault {
  const { random, workers } = scene;
  const target = pick(random, workers).name;
  const atSeconds = drawTime(scene);
  switch (random.index(8)) {
    case 0:
    case 1:
      return { kind: "kill", target, atSeconds, seconds: random.between(0.1, 2.5) };
    case 2:
      return { kind: "stop", target, atSeconds, seconds: random.between(0.3, 5) };
    case 3:
      return { kind: "stop_renderer", target, atSeconds, seconds: random.between(0.3, 3) };
    case 4:
      return {
        kind: "network",
        how: pick(random, ["blackhole", "reset", "delay"]),
        target,
        atSeconds,
        seconds: random.between(0.3, 4),
      };
    case 5:
      return drawClockJump(scene, target);
    default:
      return drawMasterLoss(scene);
  }
}

function drawMasterLoss(scene: Scene): Fault {
  const { random } = scene;
  const atSeconds = drawTime(scene);
  switch (random.index(5)) {
    case 0:
    case 1:
      return { kind: "kill", target: MASTER, atSeconds, seconds: random.between(0.1, 2) };
    case 2:
      return { kind: "stop", target: MASTER, atSeconds, seconds: random.between(0.3, 4) };
    case 3:
      return { kind: "full_disk", target: MASTER, atSeconds, seconds: random.between(0.3, 2) };
    default:
      return drawClockJump(scene, MASTER);
  }
}

function drawClockJump(scene: Scene, target: string): Fault {
  const { random } = scene;
  // Certificates reach an hour into the past.
  const jumpSeconds = pick(random, [-3_000, -60, -3, 5, 600, 86_400 * 3]);
  return { kind: "clock_jump", target, atSeconds: drawTime(scene), seconds: 0, jumpSeconds };
}

function drawFailure(scene: Scene): Fault {
  const { random, workers, frames } = scene;
  const target = pick(random, workers).name;
  const atSeconds = drawTime(scene);
  switch (random.index(8)) {
    case 0:
    case 1:
      return { kind: "kill_renderer", target, atSeconds, seconds: 0 };
    case 2:
      return { kind: "full_disk", target, atSeconds, seconds: random.between(0.3, 2) };
    default: {
      const how = pick(random, ["fail", "fail", "die", "short", "hang"] as const);
      const frame = random.index(frames);
      return { kind: "bad_render", how, frame, target, atSeconds: 0, seconds: 0 };
    }
  }
}

function drawTime({ random, boundSeconds }: Scene): number {
  return random.between(0.1, 0.85) * boundSeconds;
}

/** In the order of time, without those that strike while their target is still in another's hands. */
function withoutOverlap(faults: readonly Fault[]): Fault[] {
  const kept: Fault[] = [];
  for (const fault of faults.toSorted((a, b) => a.atSeconds - b.atSeconds)) {
    const isFree = kept.every((other) =>
      other.target !== fault.target ||
      other.atSeconds + other.seconds + REST_SECONDS <= fault.atSeconds
    );
    if (isFree) kept.push(fault);
  }
  return kept;
}

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[random.index(values.length)];
  if (value === undefined) throw new RangeError("Cannot pick from nothing");
  return value;
}

/** A fault in a few words. */
export function describeFault(fault: Fault): string {
  const { kind, target, atSeconds, seconds } = fault;
  const how = "how" in fault ? ` ${fault.how}` : "";
  const more = kind === "clock_jump"
    ? ` by ${fault.jumpSeconds} s`
    : kind === "bad_render"
    ? ` at frame ${fault.frame}`
    : seconds > 0
    ? ` for ${seconds.toFixed(1)} s`
    : "";
  return `${atSeconds.toFixed(1)} s ${kind}${how} ${target}${more}`;
}
