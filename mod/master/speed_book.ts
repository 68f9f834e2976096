import type { ReadTx, WriteTx } from "../db/mod.ts";
import {
  listWorkerSpeeds,
  saveWorkerSpeed,
  type SpeedScope,
  type WorkerSpeed,
} from "../store/mod.ts";
import type { OnlineWorker } from "./online_workers.ts";
import {
  fallbackSpeed,
  type PartKind,
  type RememberedSpeed,
  smoothSpeed,
  type Speed,
  type SpeedSample,
} from "./policy/mod.ts";

/** Speeds of one project or renderer that are read; more workers than that are not expected. */
const SPEEDS_MAX = 5_000;

/** What speeds of a job are remembered under. */
export interface SpeedKeys {
  readonly projectKey: string;
  readonly renderer: string;
}

/** A finished part that teaches a speed. */
export interface SpeedLesson {
  readonly worker: string;
  readonly kind: PartKind;
  readonly keys: SpeedKeys;
  readonly sample: SpeedSample;
  readonly nowMs: number;
}

/** Measured speeds, remembered across jobs, in memory as far as running jobs need them. */
export class SpeedBook {
  readonly #shelves = new Map<string, Map<string, RememberedSpeed>>();
  readonly #loaded = new Set<string>();
  readonly #guesses = new Map<string, Speed>();
  readonly #benchmarks = new Map<string, number>();

  /** Notes a worker's frames per second on the built-in sample; 0 if it has not measured. */
  noteBenchmark(worker: string, fps: number): void {
    this.#guesses.clear();
    if (fps > 0) this.#benchmarks.set(worker, fps);
    else this.#benchmarks.delete(worker);
  }

  /** Reads what is remembered of a job's project and renderer, once. In the writer's turn. */
  async load(tx: ReadTx, keys: SpeedKeys): Promise<void> {
    await this.#loadScope(tx, "project", keys.projectKey);
    await this.#loadScope(tx, "renderer", keys.renderer);
  }

  /** Whether the speeds of a job have been read. */
  has(keys: SpeedKeys): boolean {
    return this.#loaded.has(`project ${keys.projectKey}`) &&
      this.#loaded.has(`renderer ${keys.renderer}`);
  }

  /** The speed to expect of a worker; always an answer. */
  speedOf(
    worker: OnlineWorker,
    about: { readonly kind: PartKind; readonly keys: SpeedKeys },
  ): Speed {
    const { kind, keys } = about;
    const shelf = this.#shelf("project", keys.projectKey, kind);
    const project = shelf.get(worker.name);
    if (project !== undefined) {
      return { fps: project.fps, startMs: project.startMs, isMeasured: true };
    }
    // Guesses depend on everybody's speeds: worked out once, until one of them changes.
    const cacheKey =
      `${worker.name} ${worker.sessionId} ${kind} ${keys.renderer} ${keys.projectKey}`;
    const known = this.#guesses.get(cacheKey);
    if (known !== undefined) return known;
    const guess = fallbackSpeed({
      kind,
      renderer: this.#shelf("renderer", keys.renderer, kind).get(worker.name),
      benchmarkFps: worker.abilities.benchmarkFps,
      projectPerBenchmark: this.#perBenchmark(shelf),
      averageOfOthers: average(shelf),
    });
    this.#guesses.set(cacheKey, guess);
    return guess;
  }

  /** Learns from a finished part, and keeps it. In the transaction that completes the part. */
  async learn(tx: WriteTx, lesson: SpeedLesson): Promise<void> {
    const { worker, kind, keys, sample, nowMs } = lesson;
    const places: readonly (readonly [SpeedScope, string])[] = [
      ["project", keys.projectKey],
      ["renderer", keys.renderer],
    ];
    this.#guesses.clear();
    for (const [scope, key] of places) {
      const shelf = this.#shelf(scope, key, kind);
      const speed = smoothSpeed(shelf.get(worker), sample);
      shelf.set(worker, speed);
      const row: WorkerSpeed = { worker, kind, scope, key, updatedAtMs: nowMs, ...speed };
      await saveWorkerSpeed(tx, row);
    }
  }

  /** Mean of what workers make of the project, each in units of its benchmark; 0 if unknown. */
  #perBenchmark(shelf: ReadonlyMap<string, RememberedSpeed>): number {
    let sum = 0;
    let count = 0;
    for (const [worker, { fps }] of shelf) {
      const benchmarkFps = this.#benchmarks.get(worker);
      if (benchmarkFps === undefined) continue;
      sum += fps / benchmarkFps;
      count++;
    }
    return count === 0 ? 0 : sum / count;
  }

  #shelf(scope: SpeedScope, key: string, kind: PartKind): Map<string, RememberedSpeed> {
    const name = `${scope} ${kind} ${key}`;
    const known = this.#shelves.get(name);
    if (known !== undefined) return known;
    const shelf = new Map<string, RememberedSpeed>();
    this.#shelves.set(name, shelf);
    return shelf;
  }

  async #loadScope(tx: ReadTx, scope: SpeedScope, key: string): Promise<void> {
    const name = `${scope} ${key}`;
    if (this.#loaded.has(name)) return;
    for (const row of await listWorkerSpeeds(tx, { scope, key, limit: SPEEDS_MAX })) {
      const { fps, startMs, sampleCount } = row;
      this.#shelf(scope, key, row.kind).set(row.worker, { fps, startMs, sampleCount });
    }
    this.#guesses.clear();
    this.#loaded.add(name);
  }
}

function average(shelf: ReadonlyMap<string, RememberedSpeed>): RememberedSpeed | undefined {
  if (shelf.size === 0) return undefined;
  let fps = 0;
  let startMs = 0;
  for (const speed of shelf.values()) {
    fps += speed.fps;
    startMs += speed.startMs;
  }
  return { fps: fps / shelf.size, startMs: startMs / shelf.size, sampleCount: 1 };
}
