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

/** Speeds of one kind of part, on one project or with one renderer, by worker. */
class Shelf {
  readonly speeds = new Map<string, RememberedSpeed>();
  /** What follows from all of them; worked out again when anything has changed. */
  summary: Summary | undefined;
}

interface Summary {
  readonly revision: number;
  readonly averageOfOthers: RememberedSpeed | undefined;
  readonly projectPerBenchmark: number;
}

/** What one job asks again and again. */
interface JobShelves {
  readonly video: { readonly project: Shelf; readonly renderer: Shelf };
  readonly audio: { readonly project: Shelf; readonly renderer: Shelf };
}

/** Measured speeds, remembered across jobs, in memory as far as running jobs need them. */
export class SpeedBook {
  readonly #shelves = new Map<string, Shelf>();
  readonly #loaded = new Set<string>();
  readonly #benchmarks = new Map<string, number>();
  readonly #jobs = new WeakMap<SpeedKeys, JobShelves>();
  #revision = 0;

  /** Notes a worker's frames per second on the built-in sample; 0 if it has not measured. */
  noteBenchmark(worker: string, fps: number): void {
    this.#revision++;
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

  /** The speed to expect of a worker; always an answer. Asked of every worker for every decision. */
  speedOf(
    worker: OnlineWorker,
    about: { readonly kind: PartKind; readonly keys: SpeedKeys },
  ): Speed {
    const { kind, keys } = about;
    const { project, renderer } = this.#shelvesOf(keys)[kind];
    const measured = project.speeds.get(worker.name);
    if (measured !== undefined) {
      return { fps: measured.fps, startMs: measured.startMs, isMeasured: true };
    }
    const { averageOfOthers, projectPerBenchmark } = this.#summaryOf(project);
    return fallbackSpeed({
      kind,
      renderer: renderer.speeds.get(worker.name),
      benchmarkFps: worker.abilities.benchmarkFps,
      projectPerBenchmark,
      averageOfOthers,
    });
  }

  /** Learns from a finished part, and keeps it. In the transaction that completes the part. */
  async learn(tx: WriteTx, lesson: SpeedLesson): Promise<void> {
    const { worker, kind, keys, sample, nowMs } = lesson;
    const places: readonly (readonly [SpeedScope, string])[] = [
      ["project", keys.projectKey],
      ["renderer", keys.renderer],
    ];
    this.#revision++;
    for (const [scope, key] of places) {
      const { speeds } = this.#shelf(scope, key, kind);
      const speed = smoothSpeed(speeds.get(worker), sample);
      speeds.set(worker, speed);
      const row: WorkerSpeed = { worker, kind, scope, key, updatedAtMs: nowMs, ...speed };
      await saveWorkerSpeed(tx, row);
    }
  }

  #shelvesOf(keys: SpeedKeys): JobShelves {
    const known = this.#jobs.get(keys);
    if (known !== undefined) return known;
    const of = (kind: PartKind): JobShelves["video"] => ({
      project: this.#shelf("project", keys.projectKey, kind),
      renderer: this.#shelf("renderer", keys.renderer, kind),
    });
    const shelves = { video: of("video"), audio: of("audio") };
    this.#jobs.set(keys, shelves);
    return shelves;
  }

  #summaryOf(project: Shelf): Summary {
    if (project.summary?.revision === this.#revision) return project.summary;
    let fpsSum = 0;
    let startSum = 0;
    let shareSum = 0;
    let shareCount = 0;
    for (const [worker, { fps, startMs }] of project.speeds) {
      fpsSum += fps;
      startSum += startMs;
      const benchmarkFps = this.#benchmarks.get(worker);
      if (benchmarkFps === undefined) continue;
      shareSum += fps / benchmarkFps;
      shareCount++;
    }
    const { size } = project.speeds;
    project.summary = {
      revision: this.#revision,
      averageOfOthers: size === 0
        ? undefined
        : { fps: fpsSum / size, startMs: startSum / size, sampleCount: 1 },
      projectPerBenchmark: shareCount === 0 ? 0 : shareSum / shareCount,
    };
    return project.summary;
  }

  #shelf(scope: SpeedScope, key: string, kind: PartKind): Shelf {
    const name = `${scope} ${kind} ${key}`;
    const known = this.#shelves.get(name);
    if (known !== undefined) return known;
    const shelf = new Shelf();
    this.#shelves.set(name, shelf);
    return shelf;
  }

  async #loadScope(tx: ReadTx, scope: SpeedScope, key: string): Promise<void> {
    const name = `${scope} ${key}`;
    if (this.#loaded.has(name)) return;
    for (const row of await listWorkerSpeeds(tx, { scope, key, limit: SPEEDS_MAX })) {
      const { fps, startMs, sampleCount } = row;
      this.#shelf(scope, key, row.kind).speeds.set(row.worker, { fps, startMs, sampleCount });
    }
    this.#revision++;
    this.#loaded.add(name);
  }
}
