/** Something that others wait for. What was told before someone waits is not lost. */
export class Change {
  #isSet = false;
  #wake: (() => void) | undefined;
  #promise: Promise<void> | undefined;

  /** Ends the wait, or the next one if nobody waits. */
  notify(): void {
    this.#isSet = true;
    this.#wake?.();
  }

  /** Waits until told, and forgets it then. One waiter at a time. */
  async wait(): Promise<void> {
    if (!this.#isSet) {
      this.#promise ??= new Promise((resolve) => {
        this.#wake = resolve;
      });
      await this.#promise;
    }
    this.#promise = undefined;
    this.#wake = undefined;
    this.#isSet = false;
  }
}
