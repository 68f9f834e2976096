/**
 * A farm on a simulated clock that is driven by the policy alone: one job, workers with fixed costs,
 * faults and delays. Deterministic. Holds no test itself; others build on it.
 *
 * @module
 */
import { frameCount, type FrameRange } from "../../core/mod.ts";
import {
  type AttemptSnapshot,
  beginProgress,
  chooseWork,
  type Decision,
  type FailedPart,
  fallbackSpeed,
  judgeFailure,
  noteProgress,
  type OngoingPart,
  type RememberedSpeed,
  smoothSpeed,
  type Speed,
  type WorkerSnapshot,
} from "./mod.ts";
import { Agenda } from "./agenda_test.ts";
import {
  fluidBoundMs,
  type SimulatedEnd,
  type SimulatedFarm,
  type SimulatedWorker,
} from "./simulated_job_test.ts";

interface SimAttempt {
  snapshot: { -readonly [K in keyof AttemptSnapshot]: AttemptSnapshot[K] };
  worker: SimWorker;
  part: SimPart;
  renderFromMs: number;
  isOver: boolean;
}

interface SimPart {
  partId: string;
  kind: "video" | "audio";
  range: FrameRange;
  state: "ongoing" | "failed" | "completed";
  attempts: AttemptSnapshot[];
  failedWorkers: string[];
}

interface SimWorker extends WorkerSnapshot {
  config: SimulatedWorker;
  remembered: RememberedSpeed | undefined;
  audio: RememberedSpeed | undefined;
  held: SimAttempt[];
  isOnline: boolean;
  isDead: boolean;
  /** When it asks next; a sooner question takes the place of a later one. */
  asksAtMs: number;
}

const TIME_MAX_MS = 24 * 3_600_000;

/** Runs a job to its end. */
export function simulate(farm: SimulatedFarm): SimulatedEnd {
  return new Simulation(farm).run();
}

class Simulation {
  readonly #farm: SimulatedFarm;
  readonly #agenda = new Agenda();
  readonly #workers: SimWorker[];
  #online: SimWorker[] = [];
  readonly #parts = new Map<string, SimPart>();
  readonly #queued: FrameRange[];
  #ongoing: SimPart[] = [];
  #failed: FailedPart[] = [];
  #audioPartId: string | undefined;
  readonly #prefix: Float64Array | undefined;
  readonly #onProbation = new Set<string>();
  #nowMs = 0;
  #endMs: number | undefined;
  #isFailed = false;
  #framesDone = 0;
  #wasted = 0;
  #ids = 0;
  #seconds = 0;
  #attempts = 0;
  #decisions = 0;
  #average: { atMs: number; speed: RememberedSpeed | undefined } = { atMs: -1, speed: undefined };

  constructor(farm: SimulatedFarm) {
    this.#farm = farm;
    this.#queued = [{ startFrame: 0, endFrame: farm.frames }];
    this.#workers = farm.workers.map((config) => this.#makeWorker(config));
    if (farm.audioFrames !== undefined) this.#audioPartId = "audio";
    if (farm.costs !== undefined) {
      this.#prefix = new Float64Array(farm.frames + 1);
      for (let i = 0; i < farm.frames; i++) {
        this.#prefix[i + 1] = (this.#prefix[i] ?? 0) + (farm.costs[i] ?? 1);
      }
    }
  }

  run(): SimulatedEnd {
    for (const worker of this.#workers) {
      this.#agenda.add(worker.config.joinAtMs ?? 0, () => this.#join(worker));
    }
    for (;;) {
      const next = this.#agenda.take();
      if (next === undefined) break;
      this.#nowMs = next.atMs;
      next.action();
      if (this.#endMs !== undefined || this.#isFailed) break;
      if (this.#nowMs > TIME_MAX_MS) throw new Error("The job does not end");
    }
    if (this.#endMs === undefined && !this.#isFailed) throw new Error("Nobody works on the job");
    const endMs = this.#endMs ?? this.#nowMs;
    const boundMs = fluidBoundMs(this.#farm);
    return {
      isFailed: this.#isFailed,
      endMs,
      boundMs,
      ratio: endMs / boundMs,
      wasted: this.#wasted / this.#farm.frames,
      attempts: this.#attempts,
      seconds: this.#seconds,
      decisions: this.#decisions,
    };
  }

  #makeWorker(config: SimulatedWorker): SimWorker {
    const worker: SimWorker = {
      name: config.name,
      abilities: { renderers: [{ id: "fake" }], encoders: [], services: [] },
      slots: config.slots ?? 1,
      isDraining: false,
      speedOf: (_job, kind): Speed =>
        fallbackSpeed({
          kind,
          project: kind === "audio" ? worker.audio : worker.remembered,
          averageOfOthers: kind === "audio" ? undefined : this.#averageSpeed(),
        }),
      config,
      remembered: config.remembered,
      audio: undefined,
      held: [],
      isOnline: false,
      isDead: false,
      asksAtMs: Infinity,
    };
    return worker;
  }

  #averageSpeed(): RememberedSpeed | undefined {
    if (this.#average.atMs === this.#nowMs) return this.#average.speed;
    const known = this.#online.map((each) => each.remembered).filter((each) => each !== undefined);
    const mean = (pick: (speed: RememberedSpeed) => number): number =>
      known.reduce((sum, speed) => sum + pick(speed), 0) / known.length;
    const speed = known.length === 0
      ? undefined
      : { fps: mean((each) => each.fps), startMs: mean((each) => each.startMs), sampleCount: 1 };
    this.#average = { atMs: this.#nowMs, speed };
    return speed;
  }

  #join(worker: SimWorker): void {
    const { killAtMs, noticeMs = 50 } = worker.config;
    worker.isOnline = true;
    this.#online = this.#workers.filter((each) => each.isOnline);
    this.#heartbeat(worker);
    this.#ask(worker, 0);
    if (killAtMs === undefined) return;
    this.#agenda.add(killAtMs, () => {
      worker.isDead = true;
    });
    this.#agenda.add(killAtMs + noticeMs, () => {
      worker.isOnline = false;
      this.#online = this.#workers.filter((each) => each.isOnline);
      for (const attempt of [...worker.held]) this.#lose(attempt);
      this.#wakeIdle();
    });
  }

  #heartbeat(worker: SimWorker): void {
    if (worker.isDead || !worker.isOnline) return;
    for (const attempt of worker.held) this.#report(attempt);
    this.#agenda.add(this.#nowMs + (this.#farm.heartbeatMs ?? 3_000), () => {
      this.#heartbeat(worker);
    });
  }

  /** What the master hears of an attempt now. */
  #report(attempt: SimAttempt): void {
    const { snapshot } = attempt;
    if (snapshot.stage !== "rendering") return;
    const report = {
      stage: snapshot.stage,
      framesDone: this.#framesDoneAt(attempt),
      renderMs: this.#nowMs - attempt.renderFromMs,
    };
    Object.assign(snapshot, noteProgress(snapshot, { report, nowMs: this.#nowMs }));
  }

  #framesDoneAt(attempt: SimAttempt): number {
    const { range } = attempt.part;
    const count = frameCount(range);
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#renderMs(attempt, middle) <= this.#nowMs - attempt.renderFromMs) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Time that the first frames of an attempt take, with its start. */
  #renderMs(attempt: SimAttempt, frames: number): number {
    const { config } = attempt.worker;
    const { startFrame } = attempt.part.range;
    if (attempt.part.kind === "audio") {
      return config.startMs +
        frames / this.#farm.frames * (this.#farm.audioFrames ?? 0) * 1_000 / config.fps;
    }
    const prefix = this.#prefix;
    const cost = prefix === undefined
      ? frames
      : (prefix[startFrame + frames] ?? 0) - (prefix[startFrame] ?? 0);
    const { slowAtMs = Infinity, slowFactor = 1, hangAtMs = Infinity } = config;
    let renderMs = config.startMs + cost * 1_000 / config.fps;
    const slowFromMs = Math.max(0, slowAtMs - attempt.renderFromMs);
    if (renderMs > slowFromMs) renderMs = slowFromMs + (renderMs - slowFromMs) * slowFactor;
    return attempt.renderFromMs + renderMs > hangAtMs ? Infinity : renderMs;
  }

  #ask(worker: SimWorker, delayMs: number): void {
    const atMs = this.#nowMs + delayMs;
    if (worker.asksAtMs <= atMs) return;
    worker.asksAtMs = atMs;
    this.#agenda.add(atMs, () => {
      if (worker.asksAtMs !== atMs) return;
      worker.asksAtMs = Infinity;
      this.#answer(worker);
    });
  }

  /** The master gives a worker all that it may have now. */
  #answer(worker: SimWorker): void {
    for (;;) {
      if (worker.isDead || !worker.isOnline || this.#endMs !== undefined) return;
      const inHand = worker.held.filter((each) => each.snapshot.stage !== "rendered").length;
      if (inHand >= 2 * worker.slots) return;
      const fromMs = performance.now();
      const choice = chooseWork({
        nowMs: this.#nowMs,
        worker: worker.name,
        isSlotIdle: inHand < worker.slots,
        jobs: [{
          id: "job",
          priority: 50,
          createdAtMs: 0,
          minPartMs: this.#farm.minPartMs ?? 4_000,
          maxPartMs: this.#farm.maxPartMs ?? 90_000,
          requirements: { renderer: "fake", encoders: [], services: [] },
          queued: this.#queued,
          queuedAudioPartId: this.#audioPartId,
          failed: this.#failed,
          ongoing: this.#ongoing as readonly OngoingPart[],
          setAside: [],
          onProbation: [...this.#onProbation],
        }],
        workers: this.#online,
      });
      this.#seconds += (performance.now() - fromMs) / 1_000;
      this.#decisions++;
      if (choice.kind === "nothing") {
        if (choice.askAgainInMs !== undefined) this.#ask(worker, choice.askAgainInMs);
        return;
      }
      const { onDecision } = this.#farm;
      onDecision?.(choice, {
        nowMs: this.#nowMs,
        worker: worker.name,
        isSlotIdle: inHand < worker.slots,
        queued: this.#queued,
        failed: this.#failed,
        ongoing: this.#ongoing,
      });
      this.#carryOut(worker, choice);
    }
  }

  #carryOut(worker: SimWorker, decision: Decision): void {
    const part = this.#partOf(decision);
    this.#attempts++;
    const attempt: SimAttempt = {
      snapshot: {
        attemptId: `a${this.#ids++}`,
        worker: worker.name,
        startedAtMs: this.#nowMs,
        ...beginProgress(this.#nowMs),
        expectedFps: worker.speedOf("job", part.kind).fps,
      },
      worker,
      part,
      renderFromMs: 0,
      isOver: false,
    };
    part.attempts.push(attempt.snapshot);
    worker.held.push(attempt);
    this.#agenda.add(this.#nowMs + (this.#farm.latencyMs ?? 15), () => this.#startNext(worker));
  }

  #partOf(decision: Decision): SimPart {
    if (decision.kind === "carve") {
      const first = this.#queued[0];
      if (first === undefined) throw new Error("Nothing is queued");
      const { range } = decision;
      this.#queued.splice(0, 1);
      if (range.startFrame !== first.startFrame) throw new Error("Not from the beginning");
      if (range.endFrame < first.endFrame) {
        this.#queued.unshift({ startFrame: range.endFrame, endFrame: first.endFrame });
      }
      return this.#addPart("video", range);
    }
    if (decision.kind === "audio") {
      this.#audioPartId = undefined;
      return this.#addPart("audio", { startFrame: 0, endFrame: this.#farm.frames });
    }
    const part = this.#parts.get(decision.partId);
    if (part === undefined) throw new Error(`No part ${decision.partId}`);
    if (decision.kind === "second") return part;
    if (decision.range !== undefined) {
      const rest = { startFrame: decision.range.endFrame, endFrame: part.range.endFrame };
      const other = this.#addPart(part.kind, rest);
      other.failedWorkers = [...part.failedWorkers];
      this.#ongoing = this.#ongoing.filter((each) => each !== other);
      other.state = "failed";
      part.range = decision.range;
      this.#failed = [...this.#failed, other];
    }
    this.#failed = this.#failed.filter((each) => each.partId !== part.partId);
    part.state = "ongoing";
    part.attempts = [];
    this.#ongoing.push(part);
    return part;
  }

  #addPart(kind: "video" | "audio", range: FrameRange): SimPart {
    const partId = kind === "audio" ? "audio" : `p${this.#ids++}`;
    const part: SimPart = {
      partId,
      kind,
      range,
      state: "ongoing",
      attempts: [],
      failedWorkers: [],
    };
    this.#parts.set(partId, part);
    this.#ongoing.push(part);
    return part;
  }

  #startNext(worker: SimWorker): void {
    if (worker.isDead) return;
    const rendering = worker.held.filter((each) => each.snapshot.stage === "rendering").length;
    const next = worker.held.find((each) => each.snapshot.stage === "waiting");
    if (next !== undefined && rendering < worker.slots) {
      const { snapshot } = next;
      snapshot.stage = "rendering";
      snapshot.progressAtMs = this.#nowMs;
      next.renderFromMs = this.#nowMs;
      this.#agendaEnd(next);
    }
    this.#ask(worker, this.#farm.latencyMs ?? 15);
  }

  #agendaEnd(attempt: SimAttempt): void {
    const { part, worker } = attempt;
    const renderMs = this.#renderMs(attempt, frameCount(part.range));
    const fails = this.#farm.poison?.(worker.name, part.range) ?? false;
    if (Number.isFinite(renderMs)) {
      this.#agenda.add(this.#nowMs + renderMs, () => {
        if (attempt.isOver || worker.isDead) return;
        if (fails) this.#fail(attempt);
        else this.#succeed(attempt, renderMs);
      });
      return;
    }
    const { hangAtMs = 0 } = worker.config;
    this.#agenda.add(Math.max(hangAtMs, this.#nowMs) + 30_000, () => {
      if (!attempt.isOver && !worker.isDead) this.#fail(attempt);
    });
  }

  #succeed(attempt: SimAttempt, renderMs: number): void {
    const { worker, part } = attempt;
    const frames = frameCount(part.range);
    this.#onProbation.delete(worker.name);
    if (part.kind === "video") {
      worker.remembered = smoothSpeed(worker.remembered, { frames, renderMs });
      this.#framesDone += frames;
    } else {
      worker.audio = smoothSpeed(worker.audio, { frames, renderMs });
    }
    part.state = "completed";
    this.#ongoing = this.#ongoing.filter((each) => each !== part);
    for (const each of part.attempts) {
      const other = this.#workers.find((one) => one.name === each.worker);
      const held = other?.held.find((one) => one.snapshot === each);
      if (other === undefined || held === undefined) continue;
      this.#drop(held);
      if (held === attempt) continue;
      this.#wasted += part.kind === "video" && held.renderFromMs > 0 ? this.#framesDoneAt(held) : 0;
      this.#agenda.add(this.#nowMs + (this.#farm.latencyMs ?? 15), () => this.#startNext(other));
    }
    this.#startNext(worker);
    const isDone = this.#framesDone === this.#farm.frames &&
      this.#audioPartId === undefined && this.#ongoing.length === 0;
    if (isDone) this.#endMs = this.#nowMs;
  }

  #drop(attempt: SimAttempt): void {
    attempt.isOver = true;
    const { held } = attempt.worker;
    held.splice(held.indexOf(attempt), 1);
  }

  #fail(attempt: SimAttempt): void {
    const { worker, part } = attempt;
    part.failedWorkers = [...new Set([...part.failedWorkers, worker.name])];
    this.#onProbation.add(worker.name);
    this.#lose(attempt);
    const { verdict } = judgeFailure({
      failedWorkers: part.failedWorkers,
      job: {
        id: "job",
        priority: 0,
        createdAtMs: 0,
        minPartMs: 1,
        maxPartMs: 1,
        requirements: { renderer: "fake", encoders: [], services: [] },
        queued: [],
        failed: [],
        ongoing: [],
        setAside: [],
      },
      workers: this.#online,
    });
    if (verdict === "fail_job") this.#isFailed = true;
    this.#startNext(worker);
    this.#wakeIdle();
  }

  #lose(attempt: SimAttempt): void {
    const { part } = attempt;
    if (attempt.renderFromMs > 0 && part.kind === "video") {
      this.#wasted += this.#framesDoneAt(attempt);
    }
    this.#drop(attempt);
    part.attempts = part.attempts.filter((each) => each !== attempt.snapshot);
    if (part.attempts.length > 0) return;
    part.state = "failed";
    this.#ongoing = this.#ongoing.filter((each) => each !== part);
    this.#failed = [...this.#failed, part];
  }

  /** Work has come back: whoever stands idle is answered anew. */
  #wakeIdle(): void {
    for (const worker of this.#online) this.#agenda.add(this.#nowMs, () => this.#answer(worker));
  }
}
