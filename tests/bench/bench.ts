import type { ProcessRunner } from "../../mod/process/mod.ts";

/** What a figure is held against: at most, or at least, a value. */
export type Bar =
  | { readonly kind: "at most"; readonly value: number }
  | { readonly kind: "at least"; readonly value: number };

/** One line of the table: a figure that has a bar. */
export interface Bench {
  /** Name on the command line. */
  readonly name: string;
  /** What is measured, for people. */
  readonly what: string;
  /** Of the figure; empty for a ratio. */
  readonly unit: string;
  readonly bar: Bar;
  /** Takes many minutes: measured only when it is named. */
  readonly isLong?: boolean;
  /** Measures once, with what repeats it needs. */
  measure(context: BenchContext): Promise<Measurement>;
}

/** What every measurement is given. */
export interface BenchContext {
  readonly runner: ProcessRunner;
  /** Seed of everything that is drawn at random. */
  readonly seed: number;
  /** Tells of every attempt, too. */
  readonly isVerbose: boolean;
  /** Tells a person what goes on, one line. */
  say(line: string): void;
}

/** A figure, and what else was seen while it was taken. */
export interface Measurement {
  readonly value: number;
  /** Numbers and words that explain the figure, by name. */
  readonly details: Readonly<Record<string, number | string>>;
}

/** A measured line of the table. */
export interface BenchRow {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly bar: Bar;
  /** Absent if it could not be measured: `details.error` says why. */
  readonly value?: number;
  readonly isGood: boolean;
  readonly details: Measurement["details"];
  /** Measures this line alone. */
  readonly command: string;
}

/** Whether a figure reaches its bar. */
export function reachesBar(value: number, bar: Bar): boolean {
  return bar.kind === "at most" ? value <= bar.value : value >= bar.value;
}

/** Digits that a figure is printed with: more would claim more than two shared cores can tell. */
export const MEASUREMENT_DIGITS = 3;

/** Middle value of some; 0 for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that a share (0 to 1) of some is not above; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const index = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(Math.max(0, index), sorted.length - 1)] ?? 0;
}

/** A number for people: {@linkcode MEASUREMENT_DIGITS} digits, never an exponent. */
export function formatFigure(value: number): string {
  const digits = MEASUREMENT_DIGITS;
  return Math.abs(value) >= 10 ** digits ? value.toFixed(0) : value.toPrecision(digits);
}
