import { createLogger } from "../log/mod.ts";
import { type Database, openDatabase } from "../db/mod.ts";
import { DomainError, frameCount } from "../core/mod.ts";
import { Farm, type JobToCreate } from "../master/mod.ts";
import { type Attempt, type Job, type PartKind, saveWorkerSpeed } from "../store/mod.ts";
import type {
  Assignment,
  AttemptPhase,
  AttemptReport,
  AttemptReportReply,
  Capabilities,
  SucceededReport,
  SyncReply,
  SyncRequest,
} from "../wire/mod.ts";
import { FakeClock } from "./fake_clock.ts";

/** Random bytes that are the same in every run. */
export function countingBytes(seed = 1): (length: number) => Uint8Array {
  let state = seed >>> 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes[index] = state >>> 24;
    }
    return bytes;
  };
}

/** Settings of a {@linkcode TestFarm}. */
export interface TestFarmOptions {
  /** Life of an attempt, milliseconds. Default 10,000. */
  readonly leaseMs?: number;
  /** Default: FakeClock. */
  readonly clock?: FakeClock;
}

/** A scheduler on a database of its own, whose time stands still, and whose results are never read. */
export class TestFarm {
  /** The database; it outlives {@linkcode TestFarm.restart}. */
  readonly database: Database;
  /** Moved by the test. */
  readonly clock: FakeClock;
  /** What was checked, in order. */
  readonly verified: string[] = [];
  /** What was discarded, in order. */
  readonly discarded: string[] = [];
  /** Thrown by the next check of a result. */
  rejectWith: Error | undefined;
  /** The scheduler. */
  farm: Farm;
  readonly #random = countingBytes();
  readonly #options: TestFarmOptions;

  /** Made by {@linkcode withTestFarm}. */
  constructor(database: Database, options: TestFarmOptions & { readonly clock: FakeClock }) {
    this.database = database;
    this.clock = options.clock;
    this.#options = options;
    this.farm = this.#create();
  }

  #create(): Farm {
    const { leaseMs = 10_000 } = this.#options;
    return new Farm({
      db: this.database,
      clock: this.clock,
      random: this.#random,
      logger: createLogger({ sink: () => {}, clock: this.clock }),
      leaseMs,
      verifyResult: ({ attempt }, report) => this.#verify(attempt, report),
      discardResult: ({ id }) => {
        this.discarded.push(id);
        return Promise.resolve();
      },
    });
  }

  #verify(
    attempt: Attempt,
    report: SucceededReport,
  ): Promise<{ path: string; sizeBytes: number; sha256: string }> {
    const error = this.rejectWith;
    if (error !== undefined) {
      this.rejectWith = undefined;
      return Promise.reject(error);
    }
    this.verified.push(attempt.id);
    const { sizeBytes, sha256 } = report;
    return Promise.resolve({ path: `/results/${attempt.id}`, sizeBytes, sha256 });
  }

  /** The master dies and starts again on the same database. */
  async restart(): Promise<void> {
    this.farm = this.#create();
    await this.farm.recover();
  }

  /** Ends what is overdue at this moment, as the running farm does. */
  async lookAtDeadlines(): Promise<void> {
    await this.farm.endOverdue();
  }

  /** Queues a job of so many frames. */
  async submit(
    id: string,
    change: Partial<JobToCreate["job"]> & { hasAudio?: boolean } = {},
  ): Promise<Job> {
    const { hasAudio = false, ...fields } = change;
    const { job } = await this.farm.createJob({
      job: { ...testJob(id), ...fields },
      hasAudio,
      files: [],
    });
    return job;
  }

  /** Remembers speeds of workers on a job that is submitted later, frames per second. */
  async knowSpeeds(jobId: string, speeds: Readonly<Record<string, number>>): Promise<void> {
    const { projectKey } = testJob(jobId);
    await this.database.write(async (tx) => {
      for (const [worker, fps] of Object.entries(speeds)) {
        await saveWorkerSpeed(tx, {
          worker,
          kind: "video",
          scope: "project",
          key: projectKey,
          fps,
          startMs: 300,
          sampleCount: 10,
          updatedAtMs: this.clock.nowMs(),
        });
      }
    });
  }

  /** Queues a job of one frame: one part, whoever asks. */
  async submitOneFrame(id: string): Promise<Job> {
    return await this.submit(id, { lengthFrames: 1 });
  }

  /** A worker that has registered. */
  async worker(name: string, change: Partial<TestWorkerFacts> = {}): Promise<TestWorker> {
    const worker = new TestWorker(this, { name, slots: 1, fps: 100, ...change });
    await worker.register();
    return worker;
  }
}

/** A job that any {@linkcode TestWorker} can do. */
export function testJob(id: string): JobToCreate["job"] {
  return {
    id,
    name: id,
    workflow: "split",
    priority: 50,
    preset: "h264",
    projectPath: `/projects/${id}.ove`,
    outputPath: `/projects/${id}.mp4`,
    sequence: undefined,
    width: 64,
    height: 36,
    fps: { num: 25, den: 1 },
    lengthFrames: 1_000,
    planSha256: "0".repeat(64),
    projectKey: `key of ${id}`,
    requirements: { renderer: "fake", encoders: [], services: [] },
    warnings: [],
    minPartMs: 4_000,
    maxPartMs: 90_000,
    skipUnsupported: false,
    overwrite: false,
    idempotencyKey: undefined,
    submittedBy: "anna",
  };
}

/** What a {@linkcode TestWorker} is. */
export interface TestWorkerFacts {
  readonly name: string;
  readonly slots: number;
  /** Benchmark score. */
  readonly fps: number;
  /** Changes of what it can do. */
  readonly capabilities?: Partial<Capabilities>;
}

interface Held {
  readonly assignment: Assignment;
  framesDone: number;
  renderMs: number;
  phase: AttemptPhase;
}

/** A worker that does what the test tells it, and remembers what it was given. */
export class TestWorker {
  /** What it was given and has not reported. */
  readonly held = new Map<string, Held>();
  /** Changed by {@linkcode TestWorker.restart}. */
  sessionId: string;
  readonly #test: TestFarm;
  readonly #facts: TestWorkerFacts;
  #runs = 1;

  /** Not registered yet. */
  constructor(test: TestFarm, facts: TestWorkerFacts) {
    this.#test = test;
    this.#facts = facts;
    this.sessionId = `s-${facts.name}-1`;
  }

  /** Its name. */
  get name(): string {
    return this.#facts.name;
  }

  /** Introduces itself. */
  async register(): Promise<void> {
    const { slots, fps, capabilities = {} } = this.#facts;
    await this.#test.farm.register(this.name, {
      address: "192.0.2.1",
      registration: {
        sessionId: this.sessionId,
        programVersion: "0.1.0",
        slots,
        capabilities: {
          renderers: [{ id: "fake", version: "1" }],
          encoders: ["libx264"],
          services: [],
          cores: 4,
          memoryBytes: 1e9,
          os: "linux",
          benchmarkFps: fps,
          mediaAccess: ["https"],
          ...capabilities,
        },
      },
    });
  }

  /** Its process dies and starts again; it remembers nothing, or what is kept. */
  async restart(keep: readonly string[] = []): Promise<void> {
    for (const attemptId of this.held.keys()) {
      if (!keep.includes(attemptId)) this.held.delete(attemptId);
    }
    this.sessionId = `s-${this.name}-${++this.#runs}`;
    await this.register();
  }

  /** What it would say of itself. */
  request(change: Partial<SyncRequest> = {}): SyncRequest {
    const busy = [...this.held.values()].filter((held) => held.phase !== "uploading").length;
    const idleSlots = Math.max(0, this.#facts.slots - busy);
    return {
      sessionId: this.sessionId,
      attempts: [...this.held.values()].map(({ assignment, phase, framesDone, renderMs }) => ({
        attemptId: assignment.attemptId,
        phase,
        framesDone,
        renderMs,
      })),
      wanted: idleSlots,
      idleSlots,
      isDraining: false,
      waitMs: 0,
      ...change,
    };
  }

  /** Syncs, takes what it is given, drops what is cancelled. */
  async sync(change: Partial<SyncRequest> = {}, signal?: AbortSignal): Promise<SyncReply> {
    const reply = await this.#test.farm.sync(this.name, {
      request: this.request(change),
      signal: signal ?? new AbortController().signal,
    });
    for (const assignment of reply.assignments) {
      if (this.held.has(assignment.attemptId)) continue;
      this.held.set(assignment.attemptId, {
        assignment,
        phase: "rendering",
        framesDone: 0,
        renderMs: 0,
      });
    }
    for (const { attemptId } of reply.cancellations) this.held.delete(attemptId);
    return reply;
  }

  /** Syncs, and returns the one part that it must have been given. */
  async take(kind: PartKind = "video"): Promise<Assignment> {
    const { assignments } = await this.sync();
    const [assignment] = assignments;
    if (assignment === undefined) throw new Error(`${this.name} was given nothing`);
    if (assignment.kind !== kind) throw new Error(`${this.name} was given ${assignment.kind}`);
    return assignment;
  }

  /** Is so far with a part. */
  progress(assignment: Assignment, framesDone: number): void {
    const held = this.held.get(assignment.attemptId);
    if (held === undefined) throw new Error(`${this.name} does not hold ${assignment.attemptId}`);
    held.framesDone = framesDone;
    held.renderMs = framesDone * 1_000 / this.#facts.fps;
  }

  /** Reports, and forgets the part if the report is taken. */
  async report(
    assignment: Assignment,
    report: AttemptReport,
  ): Promise<AttemptReportReply> {
    const reply = await this.#test.farm.report(assignment.attemptId, report);
    this.held.delete(assignment.attemptId);
    return reply;
  }

  /** Delivers a part. */
  succeed(assignment: Assignment): Promise<AttemptReportReply> {
    const frames = frameCount(assignment.range);
    return this.report(assignment, {
      outcome: "succeeded",
      sizeBytes: frames,
      sha256: "a".repeat(64),
      framesDone: frames,
      renderMs: 300 + frames * 1_000 / this.#facts.fps,
      renderer: "fake 1",
      logTail: "",
    });
  }

  /** Fails a part. */
  fail(assignment: Assignment, logTail = "no such effect"): Promise<AttemptReportReply> {
    return this.report(assignment, {
      outcome: "failed",
      code: "render_failed",
      message: "Cannot render: the renderer exited with 1",
      logTail,
      framesDone: 0,
    });
  }
}

/** Runs a test on a farm of its own, removed afterwards. */
export async function withTestFarm(
  act: (test: TestFarm) => Promise<void>,
  options: TestFarmOptions = {},
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "olive-farm-" });
  const clock = options.clock ?? new FakeClock();
  const database = await openDatabase({ location: `${directory}/farm.db`, clock });
  try {
    const test = new TestFarm(database, { ...options, clock });
    await test.farm.recover();
    await act(test);
  } finally {
    await database.close();
    await Deno.remove(directory, { recursive: true });
  }
}

/** A result that is not what was asked for. */
export function rejection(): DomainError {
  return new DomainError("result_rejected", "Cannot accept result: 9 frames, must be 10");
}
