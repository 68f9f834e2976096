import { coerceError, formatError, isDomainError } from "../core/mod.ts";
import type { LogFields } from "./keys.ts";
import type { LogLevel } from "./level.ts";
import { redactSecrets } from "./redact.ts";

/** One entry, before it becomes a line. */
export interface LogEntry {
  /** Wall clock, milliseconds since 1970 UTC. */
  readonly tsMs: number;
  /** How much it matters. */
  readonly level: LogLevel;
  /** Stable name, see `LOG_EVENTS`. */
  readonly event: string;
  /** Free prose, without values. */
  readonly msg: string;
  /** The values. */
  readonly fields: LogFields;
}

/** How entries become lines: `json` for programs, `text` for a person at a terminal. */
export const LOG_FORMATS = ["json", "text"] as const;
/** One of {@linkcode LOG_FORMATS}. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Whether a text is one of the formats. */
export function isLogFormat(text: string): text is LogFormat {
  return (LOG_FORMATS as readonly string[]).includes(text);
}

/** Longest text of one field, characters: a renderer's tail fits, a core dump does not. */
const FIELD_CHARS_MAX = 16 * 1024;

function cleanText(text: string): string {
  const safe = redactSecrets(text);
  return safe.length <= FIELD_CHARS_MAX ? safe : safe.slice(0, FIELD_CHARS_MAX) + "...";
}

function fieldValues(fields: LogFields): Record<string, string | number | boolean> {
  const values: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (key === "err") {
      if (isDomainError(value)) values["code"] ??= value.code;
      values["err"] = cleanText(formatError(value));
      continue;
    }
    values[key] = typeof value === "number" || typeof value === "boolean"
      ? value
      : cleanText(String(value));
  }
  return values;
}

/**
 * An entry as one line of JSON without its line end: `ts` (ISO 8601 UTC), `level`, `event`, `msg`,
 * then the fields. An unexpected error also brings its `stack`.
 */
export function formatJson(entry: LogEntry): string {
  const line: Record<string, unknown> = {
    ts: new Date(entry.tsMs).toISOString(),
    level: entry.level,
    event: entry.event,
    msg: cleanText(entry.msg),
    ...fieldValues(entry.fields),
  };
  const thrown = entry.fields.err;
  if (thrown !== undefined && !isDomainError(thrown)) {
    line["stack"] = cleanText(coerceError(thrown).stack ?? "");
  }
  return JSON.stringify(line);
}

// Control characters, from a file name for example, would let a text rewrite the terminal.
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

function escapeControl(text: string): string {
  return text.replace(
    CONTROL,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** An entry as one line for a person, without its line end: `04:47:57 WARN  msg  jobId=j1 err="..."`. */
export function formatText(entry: LogEntry): string {
  const time = new Date(entry.tsMs).toISOString().slice(11, 19);
  const parts = [time, entry.level.toUpperCase().padEnd(5), cleanText(entry.msg)];
  const values = Object.entries(fieldValues(entry.fields)).map(([key, value]) => {
    const text = String(value);
    return `${key}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  if (values.length > 0) parts.push("", ...values);
  return escapeControl(parts.join(" "));
}
