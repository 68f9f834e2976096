import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Clock } from "../core/mod.ts";
import { DomainError } from "../core/mod.ts";
import { createLogger, type LoggerOptions } from "./mod.ts";

const CLOCK: Clock = {
  nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5),
  monotonicMs: () => 0,
  sleep: () => Promise.resolve(true),
};

function logLines(
  options: Partial<LoggerOptions>,
  use: (logger: ReturnType<typeof createLogger>) => void,
): string[] {
  const lines: string[] = [];
  use(createLogger({ clock: CLOCK, sink: (line) => lines.push(line), ...options }));
  return lines;
}

Deno.test("createLogger() writes one JSON object per line with fixed fields first", () => {
  const lines = logLines({ fields: { role: "master" } }, (logger) => {
    logger.with({ jobId: "j1" }).info("job_changed", "Job is running", {
      stateOld: "queued",
      stateNew: "running",
    });
  });
  assertEquals(lines, [
    '{"ts":"2026-01-02T03:04:05.000Z","level":"info","event":"job_changed",' +
    '"msg":"Job is running","role":"master","jobId":"j1","stateOld":"queued","stateNew":"running"}\n',
  ]);
});

Deno.test("createLogger() drops entries below its level", () => {
  const lines = logLines({ level: "warn" }, (logger) => {
    logger.debug("recovered", "no");
    logger.info("recovered", "no");
    logger.warn("recovered", "yes");
    logger.error("recovered", "yes");
  });
  assertEquals(lines.map((line) => JSON.parse(line).level), ["warn", "error"]);
});

Deno.test("createLogger() logs a domain error with its code and causes but without its stack", () => {
  const err = new DomainError("io_failed", "Cannot read a.mov", { cause: new Error("No space") });
  const [line] = logLines({}, (logger) => logger.error("loop_failed", "Loop failed", { err }));
  const entry = JSON.parse(line ?? "{}");
  assertEquals([entry.code, entry.err], ["io_failed", "Cannot read a.mov: No space"]);
  assert(!("stack" in entry));
});

Deno.test("createLogger() logs an unexpected error with its stack", () => {
  const [line] = logLines({}, (logger) => {
    logger.error("request_failed", "Request failed", { err: new TypeError("x is no function") });
  });
  assertMatch(JSON.parse(line ?? "{}").stack, /TypeError: x is no function\n\s+at /);
});

Deno.test("createLogger() in text format writes one line whatever a file name contains", () => {
  const lines = logLines({ format: "text" }, (logger) => {
    logger.info("media_fetched", "Have the file", { file: "a\nb\u001b[2J.mov", count: 3 });
  });
  assertEquals(lines, ['03:04:05 INFO  Have the file  file="a\\nb\\u001b[2J.mov" count=3\n']);
  const raw = logLines({ format: "text" }, (logger) => logger.info("media_fetched", "x\u001b[2J"));
  assertEquals(raw, ["03:04:05 INFO  x\\x1b[2J\n"]);
});

Deno.test("createLogger() never writes key material, tokens or passwords", () => {
  const secret = "MIGHAgEAMBMGByqGSM49";
  const err = new Error(`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`);
  for (const format of ["json", "text"] as const) {
    const lines = logLines({ format }, (logger) => {
      logger.error("loop_failed", `olive1.${secret}`, { err, file: `libsql://u:${secret}@host/x` });
      logger.error("loop_failed", `authToken=${secret}`, { err: `Bearer ${secret}` });
      logger.error("loop_failed", `-----BEGIN EC PRIVATE KEY-----\n${secret}`);
    });
    assertEquals(lines.length, 3);
    for (const line of lines) {
      assert(!line.includes(secret), line);
      assert(line.includes("[secret]"), line);
    }
  }
});
