import type { RememberedSpeed, Speed, WorkerSnapshot } from "../../../mod/master/policy/mod.ts";
import type { ScenarioWorker } from "./scenario.ts";
import type { SimAttempt } from "./sim_job.ts";

const ABILITIES = { renderers: [{ id: "melt" }], encoders: [], services: [] };

/** A worker while the simulation runs: what it has in hand, and what the master knows of it. */
export class SimWorker {
  readonly facts: ScenarioWorker;
  /** Attempts that it has been given and has not rendered, in order. */
  readonly unrendered: SimAttempt[] = [];
  /** It runs; a killed or frozen one does not, whether the master knows or not. */
  isAlive = false;
  /** The master holds it for online. */
  isOnline = false;
  /** When the master last heard of it, milliseconds. */
  heardAtMs = 0;
  /** Number of its latest question: a reminder of an older one is void. */
  askCount = 0;
  /** It asked for work and got none. */
  isWaiting = false;
  hasHung = false;
  /** What it has learned about itself on this project. */
  remembered: RememberedSpeed | undefined;
  /** What the policy sees. */
  readonly snapshot: WorkerSnapshot;

  /** @param speedOf Speed that the master expects of a worker. */
  constructor(facts: ScenarioWorker, speedOf: (worker: SimWorker) => Speed) {
    this.facts = facts;
    this.snapshot = {
      name: facts.name,
      abilities: ABILITIES,
      slots: facts.slots,
      isDraining: false,
      speedOf: () => speedOf(this),
    };
  }

  /** Renders that run. */
  get renderingCount(): number {
    return this.unrendered.filter(({ stage }) => stage === "rendering").length;
  }

  /** It has a slot for which nothing is in hand. */
  get hasIdleSlot(): boolean {
    return this.unrendered.length < this.facts.slots;
  }

  /** It has nothing to do with an attempt any more. */
  drop(attempt: SimAttempt): void {
    const index = this.unrendered.indexOf(attempt);
    if (index >= 0) this.unrendered.splice(index, 1);
  }
}
