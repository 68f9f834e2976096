/** `@std/cli`, typed for what this program uses. @module */
import { parseArgs as stdParseArgs } from "deno-std/cli/parse_args.js";

/** What `parseArgs` accepts: which flags are text, which are switches, which repeat. */
export interface ParseArgsOptions {
  /** Flags that take a value. */
  readonly string?: readonly string[];
  /** Flags that take none. */
  readonly boolean?: readonly string[];
  /** Flags that may be given several times. */
  readonly collect?: readonly string[];
  /** Short names: `{ h: "help" }`. */
  readonly alias?: Readonly<Record<string, string>>;
  /** Called for each argument that is no known flag; `false` keeps it out of the result. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  /** Keeps what follows `--` apart. */
  readonly "--"?: boolean;
}

/** The flags by name, and what was no flag under `_`. */
export type ParsedArgs = Record<string, unknown> & { readonly _: readonly (string | number)[] };

/** Splits an argument list into flags and operands. */
export function parseArgs(args: readonly string[], options: ParseArgsOptions = {}): ParsedArgs {
  const parse = stdParseArgs as unknown as (
    args: readonly string[],
    options: ParseArgsOptions,
  ) => ParsedArgs;
  return parse(args, options);
}
