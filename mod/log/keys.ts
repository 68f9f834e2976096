/** Every field that an entry can have beside `ts`, `level`, `event` and `msg`. One spelling for each. */
export const LOG_KEYS = [
  "role",
  "jobId",
  "partId",
  "attemptId",
  "workerName",
  "sessionId",
  "requestId",
  "identity",
  "fingerprint",
  "peer",
  "method",
  "path",
  "status",
  "code",
  "durationMs",
  "stateOld",
  "stateNew",
  "reason",
  "renderer",
  "file",
  "frames",
  "sizeBytes",
  "count",
  "address",
  "version",
  "expiresAt",
  "err",
] as const;

/** One of {@linkcode LOG_KEYS}. */
export type LogKey = (typeof LOG_KEYS)[number];

/** Fields of an entry. `err` takes whatever was thrown; all others are plain values. */
export type LogFields =
  & Readonly<Partial<Record<Exclude<LogKey, "err">, string | number | boolean | undefined>>>
  & { readonly err?: unknown };
