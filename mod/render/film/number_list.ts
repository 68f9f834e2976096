/** Numbers that become more: four bytes each, without an object for every one. */
export class NumberList {
  #values = new Int32Array(1024);
  #count = 0;

  /** How many there are. */
  get length(): number {
    return this.#count;
  }

  /** Adds one, -2^31 to 2^31 - 1 (or up to 2^32 - 1 if it is read with `>>> 0`). */
  push(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Int32Array(2 * this.#count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = value;
  }

  /** All of them, without a copy. */
  view(): Int32Array {
    return this.#values.subarray(0, this.#count);
  }
}
