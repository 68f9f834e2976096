import { assertEquals } from "@std/assert";
import { formatFigure, median, quantile, reachesBar } from "./bench.ts";
import { toMarkdown } from "./bench_report.ts";

Deno.test("quantile() returns a value that is there, median() the middle one", () => {
  assertEquals([median([3, 1, 2]), median([4, 1, 2, 3]), median([])], [2, 2, 0]);
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  assertEquals([0, 0.5, 0.95, 1].map((share) => quantile(hundred, share)), [1, 50, 95, 100]);
});

Deno.test("formatFigure() prints three digits and no exponent", () => {
  assertEquals([1.0567, 12_345.6, 0.5].map(formatFigure), ["1.06", "12346", "0.500"]);
});

Deno.test("reachesBar() goes by the kind of the bar, the bar itself included", () => {
  assertEquals([1, 1.1, 1.2].map((value) => reachesBar(value, { kind: "at most", value: 1.1 })), [
    true,
    true,
    false,
  ]);
  assertEquals(reachesBar(0.79, { kind: "at least", value: 0.8 }), false);
});

Deno.test("toMarkdown() writes a row for what was measured and for what was not", () => {
  const row = {
    name: "a",
    what: "a | b",
    unit: "ms",
    bar: { kind: "at most", value: 5 },
    command: "deno task bench a",
  } as const;
  const text = toMarkdown({
    startedAt: "2026-01-01T00:00:00Z",
    programVersion: "1",
    machine: { cores: 2, model: "m", os: "linux" },
    seed: 1,
    rows: [
      { ...row, value: 4, isGood: true, details: { note: "warm 3" } },
      { ...row, isGood: false, details: { error: "no farm" } },
    ],
  });
  assertEquals(text.split("\n").slice(2), [
    "| a \\| b | <= 5 ms | 4.00 ms (warm 3) | reached | `deno task bench a` |",
    "| a \\| b | <= 5 ms | not measured | missed | `deno task bench a` |",
  ]);
});
