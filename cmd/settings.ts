import { isAbsolute, join, resolve } from "@std/path";
import { DomainError } from "../mod/core/mod.ts";
import type { CommandIo } from "./command.ts";
import type { Flags } from "./flags.ts";

/** Where settings come from: the command line, then `OLIVE_*` variables. */
export interface SettingSources {
  readonly flags: Flags;
  readonly io: CommandIo;
}

/** Name of the variable that stands in for a flag: `state-dir` is `OLIVE_STATE_DIR`. */
export function variableOf(flag: string): string {
  return `OLIVE_${flag.toUpperCase().replaceAll("-", "_")}`;
}

/** A text setting, or `undefined` if neither flag nor variable gives it. An empty variable counts as none. */
export function textSetting(sources: SettingSources, name: string): string | undefined {
  return sources.flags.text(name) ?? (sources.io.env(variableOf(name)) || undefined);
}

/** A list setting: the flag as often as given, or the variable split at `:`. */
export function listSetting(sources: SettingSources, name: string): readonly string[] {
  const given = sources.flags.list(name);
  if (given.length > 0) return given;
  return (sources.io.env(variableOf(name)) ?? "").split(":").filter((item) => item !== "");
}

/**
 * A whole number.
 *
 * @throws {DomainError} `usage` if it is none or out of range.
 */
export function integerSetting(
  sources: SettingSources,
  spec: {
    readonly name: string;
    readonly fallback: number;
    readonly min: number;
    readonly max: number;
  },
): number {
  const text = textSetting(sources, spec.name);
  const value = text === undefined ? spec.fallback : Number(text);
  if (Number.isInteger(value) && value >= spec.min && value <= spec.max) return value;
  throw new DomainError(
    "usage",
    `Cannot use --${spec.name} ${text}: must be a whole number, ${spec.min} to ${spec.max}`,
  );
}

/** An absolute path of what a person typed. */
export function pathSetting(sources: SettingSources, name: string): string | undefined {
  const text = textSetting(sources, name);
  return text === undefined ? undefined : resolve(sources.io.cwd, text);
}

/**
 * Folder for what may be lost, by the XDG base directory rules: `$XDG_CACHE_HOME/olive`, else
 * `~/.cache/olive`.
 *
 * @throws {DomainError} `config_invalid` if neither variable says where.
 * @see Source: XDG Base Directory Specification 0.8; relative values are to be ignored.
 */
export function defaultCacheDir(io: CommandIo): string {
  const xdg = io.env("XDG_CACHE_HOME");
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, "olive");
  const home = io.env("HOME");
  if (home !== undefined && home !== "") return join(home, ".cache", "olive");
  throw new DomainError("config_invalid", "Cannot find a folder for the cache: HOME is not set", {
    hint: "Set HOME, or give --cache-dir",
  });
}

/**
 * An address to listen at: `host:port`, `[v6]:port` or a port alone.
 *
 * @throws {DomainError} `usage` if it is none of these.
 */
export function parseListenAddress(
  text: string,
  fallbackHost: string,
): { hostname: string; port: number } {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2] ?? Number.NaN);
  if (match === null || !(port <= 65_535)) {
    throw new DomainError("usage", `Cannot listen at ${JSON.stringify(text)}: not HOST:PORT`, {
      hint: "For example: --listen 0.0.0.0:4747",
    });
  }
  const host = (match[1] ?? "").replace(/^\[|\]$/g, "");
  return { hostname: host === "" ? fallbackHost : host, port };
}
