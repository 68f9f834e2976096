import type { Clock } from "../mod/core/mod.ts";
import type { Logger } from "../mod/log/mod.ts";
import type { ProcessRunner, Programs } from "../mod/process/mod.ts";
import type { WorkerProgress } from "../mod/worker/mod.ts";
import { readBenchmark, writeBenchmark } from "./benchmark_file.ts";
import { measureScore } from "./measure_score.ts";
import { measureWhenIdle } from "./measure_when_idle.ts";

/** What a worker's score needs. */
export interface WorkerBenchmarkDeps {
  /** Folder that the score is kept in; absent: there is none, and none is measured. */
  readonly benchmarkDir?: string;
  readonly threads: number;
  /** Renderer and version. */
  readonly rendererName: string;
  readonly programs: Programs;
  readonly processes: ProcessRunner;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The score that a worker tells: the one that is kept, or the one that it measures while idle. */
export class WorkerBenchmark {
  readonly #deps: WorkerBenchmarkDeps;
  #fps: number;
  #progress: WorkerProgress | undefined;
  #introduceAgain: (() => void) | undefined;

  private constructor(deps: WorkerBenchmarkDeps, fps: number) {
    this.#deps = deps;
    this.#fps = fps;
  }

  /** Reads what is kept. */
  static async open(deps: WorkerBenchmarkDeps): Promise<WorkerBenchmark> {
    const { benchmarkDir, rendererName: renderer, threads } = deps;
    const known = benchmarkDir === undefined
      ? undefined
      : await readBenchmark(benchmarkDir, { renderer, threads });
    return new WorkerBenchmark(deps, known?.fps ?? 0);
  }

  /** Frames per second; 0 if it was not measured. */
  get fps(): number {
    return this.#fps;
  }

  /** For `WorkerOptions.onRunning`. */
  onRunning(introduceAgain: () => void): void {
    this.#introduceAgain = introduceAgain;
  }

  /** For `WorkerOptions.onProgress`. */
  onProgress(progress: WorkerProgress): void {
    this.#progress = progress;
  }

  /** Measures in a quiet moment if there is no score yet. */
  async run(signal: AbortSignal): Promise<void> {
    const { benchmarkDir } = this.#deps;
    if (benchmarkDir === undefined || this.#fps > 0) return;
    await measureWhenIdle({
      ...this.#deps,
      progress: () => this.#progress,
      measure: (busy) => this.#measure(benchmarkDir, busy),
    }, signal);
  }

  async #measure(benchmarkDir: string, signal: AbortSignal): Promise<void> {
    const { threads, rendererName: renderer, clock, logger } = this.#deps;
    const { fps } = await measureScore(this.#deps, { threads, signal });
    await writeBenchmark(benchmarkDir, {
      fps,
      renderer,
      threads,
      measuredAtMs: clock.nowMs(),
    });
    this.#fps = fps;
    logger.info("worker_changed", `Its score is ${fps.toFixed(1)} frames per second`);
    this.#introduceAgain?.();
  }
}
