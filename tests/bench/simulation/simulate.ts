import { frameCount, HANG_MS_MIN, invariant, LEASE_MS_DEFAULT } from "../../../mod/core/mod.ts";
import {
  beginProgress,
  type Decision,
  fallbackSpeed,
  noteProgress,
  smoothSpeed,
  type Speed,
} from "../../../mod/master/policy/mod.ts";
import { EventQueue } from "./event_queue.ts";
import { createRandom, type Random } from "./random.ts";
import type { Rule } from "./rules.ts";
import type { Scenario } from "./scenario.ts";
import { type SimAttempt, SimJob, type SimPart } from "./sim_job.ts";
import { SimWorker } from "./sim_worker.ts";

/** How an export went. */
export interface SimulationResult {
  /** Until the last part was complete, seconds. */
  readonly seconds: number;
  readonly parts: number;
  /** Time spent on frames that were rendered already, or for nothing, as a share of the film's cost. */
  readonly wastedShare: number;
  /** Questions that the rule answered. */
  readonly questions: number;
}

const HEARTBEAT_MS = LEASE_MS_DEFAULT / 3;
/** From the last frame of a part to its acceptance: counted, checked, sent, checked again. */
const REPORT_MS = [60, 300] as const;
/** A simulated day: an export that takes longer has stopped. */
const LATEST_MS = 86_400_000;

/**
 * Runs a scenario on a simulated clock.
 *
 * The sound is left out: it is one part, and its length against the film's is another question.
 *
 * @throws {Error} If the job does not end: nobody has an owner for what is left.
 */
export function simulate(scenario: Scenario, rule: Rule): SimulationResult {
  return new Simulation(scenario, rule).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #rule: Rule;
  readonly #events = new EventQueue();
  readonly #random: Random;
  readonly #job: SimJob;
  readonly #workers: readonly SimWorker[];
  readonly #byName: ReadonlyMap<string, SimWorker>;
  #speeds = new Map<SimWorker, Speed>();
  #projectPerBenchmark = 0;
  #attemptCount = 0;
  #questions = 0;
  #workedMs = 0;

  constructor(scenario: Scenario, rule: Rule) {
    this.#scenario = scenario;
    this.#rule = rule;
    this.#random = createRandom(scenario.seed ^ 0x5eed);
    this.#job = new SimJob(scenario.film.lengthFrames);
    this.#workers = scenario.workers.map((facts) =>
      new SimWorker(facts, (worker) => this.#speedOf(worker))
    );
    this.#byName = new Map(this.#workers.map((worker) => [worker.facts.name, worker]));
  }

  run(): SimulationResult {
    for (const worker of this.#workers) {
      this.#events.at(worker.facts.joinsAtMs, () => this.#join(worker));
      const { diesAtMs } = worker.facts;
      if (diesAtMs !== undefined) this.#events.at(diesAtMs, () => this.#die(worker));
    }
    while (!this.#job.isComplete) {
      const isLive = this.#events.step() && this.#events.nowMs < LATEST_MS;
      invariant(isLive, `The job of seed ${this.#scenario.seed} ends`);
    }
    const { film } = this.#scenario;
    const cost = film.costOf({ startFrame: 0, endFrame: film.lengthFrames });
    return {
      seconds: this.#events.nowMs / 1_000,
      parts: this.#job.partCount,
      wastedShare: Math.max(0, this.#workedMs / cost - 1),
      questions: this.#questions,
    };
  }

  #join(worker: SimWorker): void {
    worker.isAlive = true;
    worker.isOnline = true;
    worker.heardAtMs = this.#events.nowMs;
    this.#speeds.clear();
    this.#beat(worker);
    this.#ask(worker);
  }

  /** Heartbeat: the master learns how far everything is. */
  #beat(worker: SimWorker): void {
    if (!worker.isAlive) return;
    const { nowMs } = this.#events;
    worker.heardAtMs = nowMs;
    for (const attempt of worker.unrendered) this.#showProgress(worker, attempt);
    this.#events.at(nowMs + HEARTBEAT_MS, () => this.#beat(worker));
  }

  #showProgress(worker: SimWorker, attempt: SimAttempt): void {
    const { nowMs } = this.#events;
    const { renderedFromMs, hungFromMs = Infinity } = attempt;
    if (renderedFromMs === undefined) return;
    const elapsedMs = Math.min(nowMs, hungFromMs) - renderedFromMs - worker.facts.startMs;
    const { film } = this.#scenario;
    const { range } = attempt.part;
    const cost = film.costOf(range) * Math.max(0, elapsedMs) / attempt.workMs;
    const frames = Math.min(film.framesFor(range.startFrame, cost), frameCount(range));
    this.#note(attempt, frames);
  }

  #note(attempt: SimAttempt, framesDone: number): void {
    const { nowMs } = this.#events;
    const { stage, renderedFromMs = nowMs } = attempt;
    const report = { stage, framesDone, renderMs: nowMs - renderedFromMs };
    Object.assign(attempt, noteProgress(attempt, { report, nowMs }));
  }

  /** Killed, or frozen: the master knows when the lease has run out. */
  #die(worker: SimWorker): void {
    worker.isAlive = false;
    for (const attempt of worker.unrendered) this.#countWork(worker, attempt);
    this.#events.at(worker.heardAtMs + LEASE_MS_DEFAULT, () => {
      worker.isOnline = false;
      this.#speeds.clear();
      const lost = worker.unrendered.splice(0);
      for (const attempt of lost) this.#job.giveUp(attempt, true);
      if (lost.length > 0) this.#askAll();
    });
  }

  #askAll(): void {
    for (const worker of this.#workers) if (worker.isWaiting) this.#ask(worker);
  }

  /** A worker asks until it has enough. */
  #ask(worker: SimWorker): void {
    worker.isWaiting = false;
    const room = worker.facts.slots * (1 + this.#rule.ahead);
    while (worker.isAlive && !this.#job.isComplete && worker.unrendered.length < room) {
      const { nowMs } = this.#events;
      this.#questions += 1;
      const answer = this.#rule.choose({
        nowMs,
        worker: worker.facts.name,
        isSlotIdle: worker.hasIdleSlot,
        jobs: [this.#job.snapshot()],
        workers: this.#workers.filter(({ isOnline }) => isOnline).map(({ snapshot }) => snapshot),
      });
      if (answer.kind !== "nothing") {
        this.#assign(worker, this.#partOf(answer));
        continue;
      }
      worker.isWaiting = true;
      const ask = ++worker.askCount;
      if (answer.askAgainInMs === undefined) return;
      this.#events.at(nowMs + answer.askAgainInMs, () => {
        if (worker.isWaiting && worker.askCount === ask) this.#ask(worker);
      });
      return;
    }
  }

  #partOf(decision: Decision): SimPart {
    switch (decision.kind) {
      case "carve":
        return this.#job.carve(decision.range);
      case "retry":
        return this.#job.retry(decision.partId, decision.range);
      case "second":
        return this.#job.ongoing(decision.partId);
      case "audio":
        throw new Error("There is no sound in this job");
    }
  }

  #assign(worker: SimWorker, part: SimPart): void {
    const { nowMs } = this.#events;
    const { fps } = worker.facts;
    const chance = Math.exp(this.#scenario.noise * this.#random.normal());
    const attempt: SimAttempt = {
      attemptId: `a${this.#attemptCount++}`,
      worker: worker.facts.name,
      part,
      startedAtMs: nowMs,
      ...beginProgress(nowMs),
      expectedFps: worker.snapshot.speedOf("job", "video").fps,
      workMs: 1_000 * this.#scenario.film.costOf(part.range) / fps * chance,
      isOver: false,
    };
    part.attempts.push(attempt);
    worker.unrendered.push(attempt);
    this.#events.at(nowMs + this.#scenario.netMs, () => this.#startNext(worker));
  }

  /** Puts what waits on a worker into its free slots. */
  #startNext(worker: SimWorker): void {
    if (!worker.isAlive) return;
    const { nowMs } = this.#events;
    for (const attempt of worker.unrendered) {
      if (worker.renderingCount >= worker.facts.slots) return;
      if (attempt.stage !== "waiting") continue;
      attempt.renderedFromMs = nowMs;
      attempt.stage = "rendering";
      attempt.progressAtMs = nowMs;
      const endMs = nowMs + worker.facts.startMs + attempt.workMs;
      const { hangsAtMs = Infinity } = worker.facts;
      if (!worker.hasHung && hangsAtMs < endMs) {
        worker.hasHung = true;
        attempt.hungFromMs = Math.max(hangsAtMs, nowMs);
        this.#events.at(attempt.hungFromMs + HANG_MS_MIN, () => this.#fail(worker, attempt));
      } else this.#events.at(endMs, () => this.#endRender(worker, attempt));
    }
  }

  #fail(worker: SimWorker, attempt: SimAttempt): void {
    if (attempt.isOver || !worker.isAlive) return;
    this.#countWork(worker, attempt);
    worker.drop(attempt);
    const isWaiting = this.#job.giveUp(attempt, false);
    this.#startNext(worker);
    this.#ask(worker);
    if (isWaiting) this.#askAll();
  }

  #endRender(worker: SimWorker, attempt: SimAttempt): void {
    if (attempt.isOver || !worker.isAlive) return;
    const { nowMs } = this.#events;
    const { netMs } = this.#scenario;
    this.#countWork(worker, attempt);
    attempt.stage = "rendered";
    this.#note(attempt, frameCount(attempt.part.range));
    worker.drop(attempt);
    this.#startNext(worker);
    this.#events.at(nowMs + netMs, () => this.#ask(worker));
    this.#events.at(
      nowMs + netMs + this.#random.between(...REPORT_MS),
      () => this.#succeed(worker, attempt),
    );
  }

  #succeed(worker: SimWorker, attempt: SimAttempt): void {
    const { part, renderMs } = attempt;
    if (attempt.isOver) return;
    attempt.isOver = true;
    worker.remembered = smoothSpeed(worker.remembered, {
      frames: frameCount(part.range),
      renderMs,
    });
    this.#speeds.clear();
    this.#projectPerBenchmark = this.#measureProject();
    if (part.isCompleted) return;
    this.#job.complete(part);
    if (!this.#rule.cancelsLosers) return;
    for (const loser of part.attempts) if (loser !== attempt) this.#cancel(loser);
  }

  #cancel(attempt: SimAttempt): void {
    const worker = this.#byName.get(attempt.worker);
    attempt.isOver = true;
    this.#events.at(this.#events.nowMs + this.#scenario.netMs, () => {
      if (worker === undefined || !worker.isAlive) return;
      this.#countWork(worker, attempt);
      worker.drop(attempt);
      this.#startNext(worker);
      this.#ask(worker);
    });
  }

  /** What a render has cost until now, in frames of mean hardness. */
  #countWork(worker: SimWorker, attempt: SimAttempt): void {
    const { renderedFromMs, hungFromMs = Infinity } = attempt;
    if (renderedFromMs === undefined || attempt.stage !== "rendering") return;
    const spentMs = Math.min(this.#events.nowMs, hungFromMs) - renderedFromMs -
      worker.facts.startMs;
    const share = Math.min(1, Math.max(0, spentMs) / attempt.workMs);
    this.#workedMs += share * this.#scenario.film.costOf(attempt.part.range);
  }

  #speedOf(worker: SimWorker): Speed {
    const known = this.#speeds.get(worker);
    if (known !== undefined) return known;
    const speed = fallbackSpeed({
      kind: "video",
      project: worker.remembered,
      benchmarkFps: worker.facts.benchmarkFps,
      projectPerBenchmark: this.#projectPerBenchmark,
    });
    this.#speeds.set(worker, speed);
    return speed;
  }

  /** How much harder the project is than the sample, by those who have rendered some of it. */
  #measureProject(): number {
    let fps = 0;
    let benchmarkFps = 0;
    for (const { remembered, facts } of this.#workers) {
      if (remembered === undefined) continue;
      fps += remembered.fps;
      benchmarkFps += facts.benchmarkFps;
    }
    return benchmarkFps > 0 ? fps / benchmarkFps : 0;
  }
}
