import { assertEquals, assertThrows } from "@std/assert";
import { DomainError } from "../mod/core/mod.ts";
import { type FlagSpecs, nearest, readFlags } from "./flags.ts";

const SPECS: FlagSpecs = {
  output: { kind: "text", short: "o" },
  root: { kind: "list" },
  json: { kind: "switch" },
};

Deno.test("readFlags() reads text, lists, switches and operands", () => {
  const flags = readFlags(["a b.ove", "-o", "x.mp4", "--root=/a", "--root", "/b", "--json"], SPECS);
  assertEquals(flags.operands, ["a b.ove"]);
  assertEquals(flags.text("output"), "x.mp4");
  assertEquals(flags.list("root"), ["/a", "/b"]);
  assertEquals([flags.has("json"), flags.has("help")], [true, false]);
});

Deno.test("readFlags() takes what follows -- as it is", () => {
  assertEquals(readFlags(["--", "-film.ove", "--json"], SPECS).operands, ["-film.ove", "--json"]);
});

Deno.test("readFlags() keeps numbers and empty values as text", () => {
  assertEquals(readFlags(["007", "--output="], SPECS).operands, ["007"]);
  assertEquals(readFlags(["--output=12"], SPECS).text("output"), "12");
});

for (
  const [argv, message] of [
    [["--jsno"], "Unknown option --jsno"],
    [["-x"], "Unknown option -x"],
    [["--output"], "Cannot use --output: no value given"],
    [["--output", "--json"], "Cannot use --output: no value given"],
    [["--json=1"], "Cannot use --json: takes no value"],
    [["-o", "a", "-o", "b"], "Cannot use --output: given 2 times"],
  ] as const
) {
  Deno.test(`readFlags() refuses ${argv.join(" ")}`, () => {
    const error = assertThrows(() => readFlags(argv, SPECS), DomainError, message);
    assertEquals(error.code, "usage");
  });
}

Deno.test("nearest() suggests a near word and none for a far one", () => {
  assertEquals(nearest("jsno", ["json", "output"]), "json");
  assertEquals(nearest("out", ["json", "output"]), "output");
  assertEquals(nearest("zzzzzz", ["json", "output"]), undefined);
});
