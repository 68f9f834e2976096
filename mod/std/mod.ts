/**
 * The parts of Deno's standard library that this program uses, under their JSR names.
 *
 * `@std/*` lives on JSR; where only npm is reachable the same code comes from `deno-std`, which has
 * no types. Each file here types what we use, so that going over to `jsr:` is a change in
 * `deno.json` alone.
 *
 * @module
 */
/** See `@std/path`. */
export * as path from "./path.ts";
/** See `@std/cli`. */
export * as cli from "./cli.ts";
