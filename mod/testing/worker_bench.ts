import { join } from "@std/path";
import { createMasterClient } from "../client/mod.ts";
import { createLogger } from "../log/mod.ts";
import { type MediaCache, openMediaCache } from "../media/mod.ts";
import {
  createFetchRange,
  type MediaSource,
  openStateDir,
  runWorker,
  type StateDir,
  type WorkerEnd,
  type WorkerProgress,
} from "../worker/mod.ts";
import type { Assignment } from "../wire/mod.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeMaster } from "./fake_master.ts";
import { FakeRenderer } from "./fake_renderer.ts";
import { until } from "./until.ts";

const MEDIA_BYTES = 5_000;
const CACHE_BYTES_MAX = 1_000_000;

/** What {@linkcode WorkerBench.open} takes. */
export interface WorkerBenchOptions {
  /** Slots of the worker. Default 1. */
  readonly slots?: number;
  /** Time of a frame, milliseconds. Default 40. */
  readonly msPerFrame?: number;
  /** Bytes of each result. Default 1,000. */
  readonly resultBytes?: number;
}

/**
 * A worker with a scripted master, a renderer that only takes time, and a real folder and cache; all on
 * one clock that the test moves.
 */
export class WorkerBench {
  readonly clock: FakeClock;
  readonly master: FakeMaster;
  readonly renderer: FakeRenderer;
  readonly folder: string;
  /** Lines that the worker logged, of all of its runs. */
  readonly log: string[] = [];
  /** What the worker showed last. */
  progress: WorkerProgress | undefined;
  /** Files that are pinned in the cache this moment. */
  pinned = 0;
  #planSha256 = "";
  readonly #slots: number;
  #run: WorkerRunOfTest | undefined;

  private constructor(folder: string, options: WorkerBenchOptions) {
    this.folder = folder;
    this.#slots = options.slots ?? 1;
    this.clock = new FakeClock();
    this.master = new FakeMaster({ clock: this.clock });
    this.renderer = new FakeRenderer({ clock: this.clock, ...options });
  }

  /** Makes a bench with one job, `j1`, of one media file; no worker runs yet. */
  static async open(options: WorkerBenchOptions = {}): Promise<WorkerBench> {
    const bench = new WorkerBench(await Deno.makeTempDir({ prefix: "olive-worker-" }), options);
    bench.#planSha256 = await bench.master.addJob("j1", {
      plan: { planVersion: 1, title: "t", media: [{ id: "m1" }] },
      files: [{
        fileId: "f1",
        mediaId: "m1",
        extension: ".mov",
        bytes: new Uint8Array(MEDIA_BYTES).fill(7),
      }],
    });
    return bench;
  }

  /** Path of the worker's own folder. */
  get stateFolder(): string {
    return join(this.folder, "state");
  }

  /** A part of the job, `frames` long; its attempt is `a` and its first frame. */
  part(startFrame: number, frames: number): Assignment {
    return {
      attemptId: `a${startFrame}`,
      jobId: "j1",
      partId: `j1-p${startFrame}`,
      kind: "video",
      range: { startFrame, endFrame: startFrame + frames },
      preset: "h264",
      planSha256: this.#planSha256,
      expectedFps: 0,
    };
  }

  /** Starts a worker; the one before must have ended. */
  async start(): Promise<void> {
    const { clock } = this;
    const logger = createLogger({ sink: (line) => this.log.push(line), clock });
    const state = await openStateDir(this.stateFolder, { clock, logger });
    const client = createMasterClient({
      baseUrl: "https://master:1",
      clock,
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      fetch: this.master.fetch,
    });
    const cache = await openMediaCache({
      folder: join(this.folder, "cache"),
      sizeBytesMax: CACHE_BYTES_MAX,
      fetchRange: createFetchRange(client),
      clock,
    });
    const drain = new AbortController();
    const stop = new AbortController();
    const end = runWorker({
      name: "laptop",
      slots: this.#slots,
      threads: 1,
      capabilities: {
        renderers: [{ id: "fake", version: "1" }],
        encoders: [],
        services: [],
        cores: 1,
        memoryBytes: 1,
        os: "linux",
        benchmarkFps: 0,
        mediaAccess: ["https"],
      },
      master: client,
      media: this.#countPins(cache),
      renderer: this.renderer,
      state,
      clock,
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      logger,
      drain: drain.signal,
      stop: stop.signal,
      onProgress: (progress) => this.progress = progress,
    });
    const run: WorkerRunOfTest = { drain, stop, end, state, cache, outcome: undefined };
    this.#run = run;
    end.then((value) => run.outcome = value, (error) => run.outcome = error);
  }

  /** First signal. */
  drain(): void {
    this.#run?.drain.abort();
  }

  /** Second signal. */
  stop(): void {
    this.#run?.stop.abort();
  }

  /** How the worker ended, its error if it failed; `undefined` while it runs. */
  get outcome(): WorkerEnd | Error | undefined {
    return this.#run?.outcome;
  }

  /** Waits for a condition while time goes on. */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await until(condition, {
      what,
      clock: this.clock,
      dump: () => ({
        attempts: [...this.master.attempts.values()].map((one) => [
          one.assignment.attemptId,
          one.state,
          one.received.length,
          one.reports.length,
        ]),
        lastCalls: this.master.calls.slice(-10).map((call) => `${call.route} ${call.path}`),
        log: this.log.slice(-20),
      }),
    });
  }

  /** Waits for the worker's end and frees its folders. */
  async ended(): Promise<WorkerEnd | Error> {
    const run = this.#run;
    if (run === undefined) throw new Error("Cannot wait for the worker: none was started");
    await this.until(() => run.outcome !== undefined, "the worker's end");
    await run.cache.close();
    await run.state.close();
    this.#run = undefined;
    return run.outcome ?? new Error("no outcome");
  }

  /** Ends a worker that still runs, at once, and removes all files. */
  async close(): Promise<void> {
    this.stop();
    if (this.#run !== undefined) await this.ended();
    await Deno.remove(this.folder, { recursive: true });
  }

  /** Names in a folder of the worker's. */
  listFolder(name: "attempts" | "outbox" | "plans"): string[] {
    return Array.from(Deno.readDirSync(join(this.stateFolder, name)), (entry) => entry.name);
  }

  #countPins(cache: MediaCache): MediaSource {
    return {
      acquire: async (content, options) => {
        const file = await cache.acquire(content, options);
        this.pinned++;
        return {
          path: file.path,
          release: () => {
            this.pinned--;
            file.release();
          },
        };
      },
    };
  }
}

interface WorkerRunOfTest {
  readonly drain: AbortController;
  readonly stop: AbortController;
  readonly end: Promise<WorkerEnd>;
  readonly state: StateDir;
  readonly cache: MediaCache;
  outcome: WorkerEnd | Error | undefined;
}
