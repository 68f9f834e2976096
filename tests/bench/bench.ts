/** One figure that has a bar to stay under. */
export interface Bench {
  /** Name on the command line. */
  readonly name: string;
  readonly unit: string;
  /** Largest value that is good. */
  readonly barMax: number;
  /** Measures once, with what repeats it needs. */
  measure(): Promise<number>;
}

/** Digits that a figure is printed with: more would claim more than two shared cores can tell. */
export const MEASUREMENT_DIGITS = 3;

/** Middle value of some; 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
