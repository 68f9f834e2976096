import type { Clock } from "../core/mod.ts";
import type { LogEvent } from "./events.ts";
import { formatJson, formatText, type LogFormat } from "./format.ts";
import type { LogFields } from "./keys.ts";
import { type LogLevel, reachesLevel } from "./level.ts";

/** Writes entries. Passed down to every service that has something to say. */
export interface Logger {
  /** Detail for whoever looks for a bug. */
  debug(event: LogEvent, msg: string, fields?: LogFields): void;
  /** A change of state. */
  info(event: LogEvent, msg: string, fields?: LogFields): void;
  /** Degraded, but heals by itself. */
  warn(event: LogEvent, msg: string, fields?: LogFields): void;
  /** Someone must act. */
  error(event: LogEvent, msg: string, fields?: LogFields): void;
  /** A logger whose entries all carry these fields; those of an entry win. */
  with(fields: LogFields): Logger;
}

/** What {@linkcode createLogger} needs. */
export interface LoggerOptions {
  /** Takes one line, with its line end. Must not throw; standard error in production. */
  readonly sink: (line: string) => void;
  /** Gives each entry its time. */
  readonly clock: Clock;
  /** Lowest level that is written. Default `info`. */
  readonly level?: LogLevel;
  /** Default `json`. */
  readonly format?: LogFormat;
  /** Fields of every entry, the role for example. */
  readonly fields?: LogFields;
}

/**
 * Makes the logger of a process: one line per entry, secrets taken out (`redactSecrets`).
 *
 * @param options Where to, from which level on, in which form.
 * @returns The logger; it holds no resource and needs no closing.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { sink, clock, level = "info", format = "json" } = options;
  const toLine = format === "json" ? formatJson : formatText;
  function loggerWith(fixed: LogFields): Logger {
    function write(own: LogLevel, event: LogEvent, text: [string, LogFields | undefined]): void {
      if (!reachesLevel(own, level)) return;
      const [msg, fields] = text;
      sink(
        toLine({ tsMs: clock.nowMs(), level: own, event, msg, fields: { ...fixed, ...fields } }) +
          "\n",
      );
    }
    return {
      debug: (event, msg, fields) => write("debug", event, [msg, fields]),
      info: (event, msg, fields) => write("info", event, [msg, fields]),
      warn: (event, msg, fields) => write("warn", event, [msg, fields]),
      error: (event, msg, fields) => write("error", event, [msg, fields]),
      with: (fields) => loggerWith({ ...fixed, ...fields }),
    };
  }
  return loggerWith(options.fields ?? {});
}

/** A logger that drops everything: the default of services in tests. */
export function createSilentLogger(): Logger {
  const silent: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    with: () => silent,
  };
  return silent;
}
