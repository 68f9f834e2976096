import { type Clock, DomainError } from "../mod/core/mod.ts";
import { createLogger, LOG_LEVELS, type LogFields, type Logger } from "../mod/log/mod.ts";
import type { FlagSpecs } from "./flags.ts";
import { type SettingSources, textSetting } from "./settings.ts";

/** Flags of every command that keeps a log. */
export const LOG_FLAGS: FlagSpecs = {
  "log-format": { kind: "text" },
  "log-level": { kind: "text" },
};

/**
 * The log of a long-running command: text on a terminal, JSON lines elsewhere, unless told otherwise.
 *
 * @throws {DomainError} `usage` for an unknown format or level.
 */
export function createProcessLogger(
  sources: SettingSources,
  context: {
    readonly clock: Clock;
    readonly fields: LogFields;
    /** Takes each line; standard error, or a display on it. */
    readonly sink: (line: string) => void;
  },
): Logger {
  const { io } = sources;
  const fallback = io.stderrColumns === undefined ? "json" : "text";
  const format = textSetting(sources, "log-format") ?? fallback;
  if (format !== "json" && format !== "text") {
    throw new DomainError("usage", `Cannot use log format ${format}: must be text or json`);
  }
  const level = textSetting(sources, "log-level") ?? "info";
  const known = LOG_LEVELS.find((candidate) => candidate === level);
  if (known === undefined) {
    throw new DomainError(
      "usage",
      `Cannot use log level ${level}: must be one of ${LOG_LEVELS.join(", ")}`,
    );
  }
  return createLogger({
    sink: context.sink,
    clock: context.clock,
    level: known,
    format,
    fields: context.fields,
  });
}
