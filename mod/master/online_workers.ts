import type { Clock } from "../core/mod.ts";
import type { Capabilities, RegisterRequest } from "../wire/mod.ts";
import type { PartKind, Speed, WorkerSnapshot } from "./policy/mod.ts";

/** A worker that has registered since the master started. */
export class OnlineWorker implements WorkerSnapshot {
  /** `host` or `host:label`. */
  readonly name: string;
  /** Run of its process. */
  readonly sessionId: string;
  /** Renders at a time. */
  readonly slots: number;
  /** What it can do. */
  readonly abilities: Capabilities;
  /** Where it registered from. */
  readonly address: string;
  /** Of its program. */
  readonly programVersion: string;
  /** Finishes what it has and takes nothing new. */
  isDraining = false;
  /** When it was last heard of, monotonic milliseconds. */
  seenAtMs: number;
  /** When it was last heard of, milliseconds since 1970 UTC. */
  seenWallMs: number;
  /** Syncs that wait at the master: while there is one, it is here. */
  waiting = 0;
  /** See {@linkcode WorkerSnapshot.speedOf}. */
  readonly speedOf: (jobId: string, kind: PartKind) => Speed;

  /** Just registered. */
  constructor(name: string, facts: {
    readonly registration: RegisterRequest;
    readonly address: string;
    readonly clock: Clock;
    readonly speedOf: (worker: OnlineWorker, jobId: string, kind: PartKind) => Speed;
  }) {
    const { registration, address, clock, speedOf } = facts;
    this.name = name;
    this.sessionId = registration.sessionId;
    this.slots = registration.slots;
    this.abilities = registration.capabilities;
    this.programVersion = registration.programVersion;
    this.address = address;
    this.seenAtMs = clock.monotonicMs();
    this.seenWallMs = clock.nowMs();
    this.speedOf = (jobId, kind) => speedOf(this, jobId, kind);
  }
}

/** What {@linkcode OnlineWorkers} needs. */
export interface OnlineWorkersDeps {
  readonly clock: Clock;
  /** A worker that is silent for longer is offline, milliseconds. */
  readonly leaseMs: number;
}

/** Who is there. In memory only: after a restart of the master, workers register again. */
export class OnlineWorkers {
  readonly #deps: OnlineWorkersDeps;
  readonly #workers = new Map<string, OnlineWorker>();
  #expected: ReadonlySet<string> = new Set();
  #expectedUntilMs = -Infinity;

  /** Nobody. */
  constructor(deps: OnlineWorkersDeps) {
    this.#deps = deps;
  }

  /** Takes up a worker, in place of its earlier run. */
  put(worker: OnlineWorker): void {
    this.#workers.set(worker.name, worker);
  }

  /** Workers that had work when the master stopped, and may come back until then, monotonic milliseconds. */
  expect(names: Iterable<string>, untilMs: number): void {
    this.#expected = new Set(names);
    this.#expectedUntilMs = untilMs;
  }

  /** Names of those that are expected and have not registered yet. */
  get expected(): readonly string[] {
    if (this.#deps.clock.monotonicMs() >= this.#expectedUntilMs) return [];
    return [...this.#expected].filter((name) => !this.#workers.has(name));
  }

  /** A worker that has registered, online or not. */
  find(name: string): OnlineWorker | undefined {
    return this.#workers.get(name);
  }

  /** Notes a sign of life. */
  touch(worker: OnlineWorker): void {
    worker.seenAtMs = this.#deps.clock.monotonicMs();
    worker.seenWallMs = this.#deps.clock.nowMs();
  }

  /** Whether a worker waits here, or was heard of within a lease. */
  isOnline(worker: OnlineWorker): boolean {
    return worker.waiting > 0 ||
      this.#deps.clock.monotonicMs() - worker.seenAtMs <= this.#deps.leaseMs;
  }

  /** Every worker that is online. */
  list(): readonly OnlineWorker[] {
    return [...this.#workers.values()].filter((worker) => this.isOnline(worker));
  }

  /** Takes out workers that have been silent for so long, milliseconds. */
  forget(silentMs: number): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const worker of this.#workers.values()) {
      if (worker.waiting === 0 && nowMs - worker.seenAtMs > silentMs) {
        this.#workers.delete(worker.name);
      }
    }
  }
}
