import { parseArgs } from "@std/cli";
import { DomainError } from "../mod/core/mod.ts";

/** One flag of a command. */
export interface FlagSpec {
  /** `text` takes a value, `switch` takes none, `list` may be given several times. */
  readonly kind: "text" | "switch" | "list";
  /** One letter, for `-h`. */
  readonly short?: string;
}

/** Flags of a command by name, without the dashes. `help` is always there. */
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

/** What was given on the command line. */
export interface Flags {
  readonly operands: readonly string[];
  /** Value of a `text` flag, or `undefined`. */
  text(name: string): string | undefined;
  /** Whether a `switch` was given. */
  has(name: string): boolean;
  /** Values of a `list` flag, in order. */
  list(name: string): readonly string[];
}

const HELP: FlagSpec = { kind: "switch", short: "h" };

/**
 * Reads a command's arguments strictly.
 *
 * @param argv Arguments after the command's name.
 * @param specs The command's flags.
 * @returns Flags and operands; what follows `--` is all operands.
 * @throws {DomainError} `usage` for an unknown flag (naming the nearest one), a flag without its
 * value, or a `text` flag given twice.
 */
export function readFlags(argv: readonly string[], specs: FlagSpecs): Flags {
  const all: FlagSpecs = { ...specs, help: HELP };
  const named = (kind: FlagSpec["kind"]): string[] =>
    Object.keys(all).filter((name) => all[name]?.kind === kind);
  assertValuesGiven(argv, all);
  const parsed = parseArgs(argv, {
    string: ["_", ...named("text"), ...named("list")],
    boolean: named("switch"),
    collect: [...named("list"), ...named("text")],
    alias: Object.fromEntries(
      Object.entries(all).flatMap(([name, spec]) => spec.short ? [[spec.short, name]] : []),
    ),
    unknown: (arg) => {
      if (arg.startsWith("-") && arg !== "-") throw unknownFlag(arg, Object.keys(all));
      return true;
    },
    "--": true,
  });
  const values = (name: string): readonly string[] => (parsed[name] ?? []) as readonly string[];
  for (const name of named("text")) {
    if (values(name).length > 1) {
      throw new DomainError("usage", `Cannot use --${name}: given ${values(name).length} times`);
    }
  }
  const rest = (parsed["--"] ?? []) as readonly string[];
  return {
    operands: [...parsed._.map(String), ...rest],
    text: (name) => values(name)[0],
    has: (name) => parsed[name] === true,
    list: values,
  };
}

function assertValuesGiven(argv: readonly string[], specs: FlagSpecs): void {
  for (const [index, arg] of argv.entries()) {
    if (arg === "--") return;
    const name = flagName(arg, specs);
    if (name === undefined) continue;
    const spec = specs[name];
    if (spec === undefined) continue;
    if (spec.kind === "switch") {
      if (arg.includes("=")) throw new DomainError("usage", `Cannot use --${name}: takes no value`);
      continue;
    }
    if (arg.includes("=")) continue;
    const next = argv[index + 1];
    if (next === undefined || (next.startsWith("-") && next.length > 1)) {
      throw new DomainError("usage", `Cannot use --${name}: no value given`, {
        hint: `Write --${name}=VALUE if the value starts with a dash`,
      });
    }
  }
}

function flagName(arg: string, specs: FlagSpecs): string | undefined {
  if (arg.startsWith("--")) return arg.slice(2).split("=")[0];
  if (!arg.startsWith("-") || arg.length < 2) return undefined;
  return Object.keys(specs).find((name) => specs[name]?.short === arg[1]);
}

function unknownFlag(arg: string, known: readonly string[]): DomainError {
  const name = arg.replace(/^-+/, "").split("=")[0] ?? "";
  const near = nearest(name, known);
  return new DomainError("usage", `Unknown option ${arg.split("=")[0]}`, {
    hint: near === undefined ? "See --help for the options" : `Did you mean --${near}?`,
  });
}

const DISTANCE_MAX = 3;

/** The known word that a mistyped one is nearest to, or `undefined` if none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ candidate, distance }) =>
      distance <= Math.min(DISTANCE_MAX, Math.ceil(candidate.length / 2)) ||
      (word.length >= 2 && candidate.startsWith(word))
    )
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** Levenshtein's distance: insertions, deletions and replacements of one letter. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replace));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
