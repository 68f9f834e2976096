import { isAbsolute, join } from "@std/path";
import { DomainError } from "../mod/core/mod.ts";

/** What decides where a farm's files are. */
export interface StateDirOptions {
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** What a person asked for (`--state-dir`); wins over everything. */
  readonly stateDir?: string | undefined;
}

/**
 * Where this person's farm files are: `--state-dir`, else `$XDG_STATE_HOME/olive`, else
 * `~/.local/state/olive`. A relative `XDG_STATE_HOME` is ignored.
 *
 * @throws {DomainError} `config_invalid` if nothing says where.
 * @see Source: https://specifications.freedesktop.org/basedir-spec/latest/ (paths must be absolute).
 */
export function resolveStateDir(options: StateDirOptions): string {
  const { env, stateDir } = options;
  if (stateDir !== undefined && stateDir !== "") return stateDir;
  const xdg = env("XDG_STATE_HOME");
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, "olive");
  const home = env("HOME") ?? env("USERPROFILE");
  if (home !== undefined && isAbsolute(home)) return join(home, ".local", "state", "olive");
  throw new DomainError("config_invalid", "Cannot find the state folder: HOME is not set", {
    hint: "Set HOME, or give the folder: --state-dir DIR",
  });
}

/** Folder of the authority; only on the machine where the farm was made. */
export function authorityDir(stateDir: string): string {
  return join(stateDir, "authority");
}

/** Folder of this machine's identity in a role. */
export function identityDir(stateDir: string, role: string): string {
  return join(stateDir, role);
}
