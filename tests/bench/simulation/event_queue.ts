interface QueuedEvent {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Events of a simulated clock: earliest first, of two at the same moment the one that was added first. */
export class EventQueue {
  readonly #heap: QueuedEvent[] = [];
  #order = 0;
  #nowMs = 0;

  /** Time of the event that runs now, milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Adds an event. One in the past happens now. */
  at(atMs: number, run: () => void): void {
    const event = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, run };
    let index = this.#heap.push(event) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const other = this.#heap[above];
      if (other === undefined || !isBefore(event, other)) break;
      this.#heap[index] = other;
      index = above;
    }
    this.#heap[index] = event;
  }

  /** Runs the next event; `false` if there is none. */
  step(): boolean {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return false;
    if (this.#heap.length > 0) this.#sink(last);
    this.#nowMs = first.atMs;
    first.run();
    return true;
  }

  /** Puts an event at the top and lets it sink to its place. */
  #sink(event: QueuedEvent): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [one, two] = [this.#heap[left], this.#heap[left + 1]];
      if (one === undefined) break;
      const isSecond = two !== undefined && isBefore(two, one);
      const least = isSecond ? two : one;
      if (!isBefore(least, event)) break;
      this.#heap[index] = least;
      index = isSecond ? left + 1 : left;
    }
    this.#heap[index] = event;
  }
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
