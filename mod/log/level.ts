/**
 * How much an entry matters: `error` someone must act, `warn` degraded but healing by itself,
 * `info` changes of state, `debug` the rest.
 */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whether a text is one of the levels. */
export function isLogLevel(text: string): text is LogLevel {
  return (LOG_LEVELS as readonly string[]).includes(text);
}

/** Whether an entry of `level` is written when `least` is the lowest that is wanted. */
export function reachesLevel(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}
