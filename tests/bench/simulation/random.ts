/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** 0 (in) to 1 (out). */
  next(): number;
  /** `low` (in) to `high` (out). */
  between(low: number, high: number): number;
  /** The same, each factor equally likely: as often 1 to 2 as 2 to 4. */
  spread(low: number, high: number): number;
  /** 0 (in) to `count` (out), whole. */
  index(count: number): number;
  /** Around 0 with a standard deviation of 1. */
  normal(): number;
}

/**
 * A generator of numbers.
 *
 * @param seed Any whole number.
 * @see Source: mulberry32, in the public domain.
 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    spread: (low, high) => low * (high / low) ** next(),
    index: (count) => Math.floor(next() * count),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}
