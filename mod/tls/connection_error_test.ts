import { assertEquals, assertStringIncludes } from "@std/assert";
import { createTestFarm } from "../../tests/support/pki.ts";
import { formatError } from "../core/mod.ts";
import { connectionError } from "./connection_error.ts";

const EOF_TEXT = "peer closed connection without sending TLS close_notify";
const DAY_MS = 86_400_000;

Deno.test("connectionError() tells a refusal of either side from a master that is away", async () => {
  const { cert, record } = await (await createTestFarm()).issue({ role: "worker" });
  const { notBeforeMs, notAfterMs } = record;
  const cases: [string, number, string, string][] = [
    ["received fatal alert: CertificateRequired", notBeforeMs, "identity_refused", "refused our"],
    ["received fatal alert: UnknownCA", notBeforeMs, "identity_refused", "refused our"],
    ["invalid peer certificate: UnknownIssuer", notBeforeMs, "identity_refused", "our master"],
    ["invalid peer certificate: Expired", notBeforeMs, "identity_refused", "our master"],
    [EOF_TEXT, notAfterMs + DAY_MS, "identity_refused", "our certificate expired on"],
    [EOF_TEXT, notBeforeMs - DAY_MS, "identity_refused", "our certificate is not valid before"],
    [EOF_TEXT, notBeforeMs + DAY_MS, "master_unreachable", "it cannot be reached"],
    ["tcp connect error: Connection refused", notAfterMs + DAY_MS, "master_unreachable", "reached"],
    ["anything else", notBeforeMs, "master_unreachable", "it cannot be reached"],
  ];
  for (const [text, nowMs, code, words] of cases) {
    const thrown = new TypeError("fetch failed", { cause: new Error(text) });
    const error = connectionError(thrown, { url: "https://m.lan:7420/v1/info", cert, nowMs });
    assertEquals(error.code, code, text);
    assertStringIncludes(error.message, words);
    assertStringIncludes(error.message, "https://m.lan:7420:");
  }
});

Deno.test("connectionError() says that a master did not answer in time", async () => {
  const { cert, record } = await (await createTestFarm()).issue({ role: "worker" });
  const thrown = new DOMException("Signal timed out", "TimeoutError");
  const error = connectionError(thrown, { url: "https://a:1", cert, nowMs: record.notBeforeMs });
  assertEquals(error.message, "Cannot talk to https://a:1: it did not answer in time");
});

Deno.test("connectionError() says in words of its own why a master is not reached", async () => {
  const { cert, record } = await (await createTestFarm()).issue({ role: "worker" });
  const request = { url: "https://a:1", cert, nowMs: record.notBeforeMs + DAY_MS };
  const told = (text: string): string => {
    const error = connectionError(
      new TypeError("fetch failed", { cause: new Error(text) }),
      request,
    );
    return formatError(error).replace("Cannot talk to https://a:1: ", "");
  };
  assertEquals(
    told("client error (Connect): tcp connect error: Connection refused (os error 111)"),
    "it cannot be reached: nobody listens there",
  );
  assertEquals(
    told("client error (Connect): dns error: failed to lookup address information"),
    "there is no host of that name",
  );
  assertEquals(told(EOF_TEXT), "it cannot be reached: the connection was cut");
  assertEquals(told("anything else"), "it cannot be reached: fetch failed: anything else");
});
