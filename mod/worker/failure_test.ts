import { assertEquals, assertStringIncludes } from "@std/assert";
import { DomainError, LOG_TAIL_CHARS_MAX } from "../core/mod.ts";
import { attemptReport, checkWire } from "../wire/mod.ts";
import { toFailedReport } from "./failure.ts";

Deno.test("toFailedReport() keeps code, message, hint and last words within the wire's limits", () => {
  const error = new DomainError("render_hung", "Cannot finish " + "x".repeat(50_000), {
    details: { logTail: "y".repeat(100_000) + "end" },
  });
  const report = toFailedReport(error, 7);
  assertEquals(checkWire(attemptReport, { value: report, what: "report" }), report);
  assertEquals([report.code, report.framesDone], ["render_hung", 7]);
  assertEquals([report.logTail.length, report.logTail.slice(-3)], [LOG_TAIL_CHARS_MAX, "end"]);
});

Deno.test("toFailedReport() names what is no DomainError", async () => {
  const missing = await Deno.open("/nonexistent/file").catch((error: unknown) => error);
  assertEquals(toFailedReport(missing, 0).code, "io_failed");
  assertEquals(toFailedReport(new RangeError("bug"), 0).code, "internal");
  assertEquals(toFailedReport("text", 0).message, "Cannot finish the part: text");
});

Deno.test("toFailedReport() knows a full disk by error and by the renderer's words", async () => {
  const full = await Deno.writeFile("/dev/full", new Uint8Array(1)).catch((error: unknown) =>
    error
  );
  const words = new DomainError("render_failed", "Cannot render: ffmpeg ended with 1", {
    details: { stderr: "av_interleaved_write_frame(): No space left on device" },
  });
  for (const error of [full, words]) {
    const report = toFailedReport(error, 0);
    assertEquals(report.code, "disk_full");
    assertStringIncludes(report.message, "Free space on the worker's disk");
  }
});
