import type { Clock } from "../core/mod.ts";
import { PROJECTS_TO_COME_MS } from "./limits.ts";

/**
 * How many projects of a folder are still to be submitted, as the person's command says. The farm
 * hands out whole projects while there are more to come; where the command falls silent, they are
 * soon no longer waited for. Forgotten at a restart, which costs a project divided too early at most.
 */
export class ProjectsToCome {
  readonly #clock: Clock;
  #count = 0;
  #untilMs = 0;

  /** None yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The latest news, 0 or more. */
  expect(count: number): void {
    this.#count = count;
    this.#untilMs = this.#clock.monotonicMs() + PROJECTS_TO_COME_MS;
  }

  /** How many, now. */
  get count(): number {
    return this.#clock.monotonicMs() < this.#untilMs ? this.#count : 0;
  }
}
