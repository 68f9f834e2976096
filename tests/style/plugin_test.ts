import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import plugin from "./lint_plugin.ts";

interface Sample {
  /** Rule that fires, and the words its message must hold. */
  readonly rule: keyof typeof plugin.rules;
  readonly says: string;
  /** Where the code stands; decides its layer. */
  readonly path: string;
  readonly bad: string;
  /** The same thing done right; nothing may fire, in the same file unless `goodPath`. */
  readonly good: string;
  readonly goodPath?: string;
}

function lint(path: string, source: string): Deno.lint.Diagnostic[] {
  return Deno.lint.runPlugin(plugin, path, source);
}

function lines(count: number): string {
  return "let x = 1;\n".repeat(count);
}

const SAMPLES: readonly Sample[] = [
  {
    rule: "imports",
    says: "arrows point down only",
    path: "mod/store/a.ts",
    bad: `import { run } from "../master/mod.ts";`,
    good: `import { open } from "../db/mod.ts";`,
  },
  {
    rule: "imports",
    says: "siblings never meet",
    path: "mod/worker/a.ts",
    bad: `export { run } from "../master/mod.ts";`,
    good: `export { run } from "./run.ts";`,
  },
  {
    rule: "imports",
    says: "arrows point down only",
    path: "mod/master/a.ts",
    bad: `export * from "./api/mod.ts";`,
    good: `export * from "./loops.ts";`,
  },
  {
    rule: "imports",
    says: "arrows point down only",
    path: "mod/log/a.ts",
    bad: `const a = await import("../db/mod.ts");`,
    good: `const a = await import("../core/mod.ts");`,
  },
  {
    rule: "imports",
    says: "arrows point down only",
    path: "mod/core/a.ts",
    bad: `type A = import("../db/mod.ts").A;`,
    good: `type A = import("./b.ts").A;`,
  },
  {
    rule: "imports",
    says: "the door of mod/core is mod/core/mod.ts",
    path: "mod/db/a.ts",
    bad: `import type { Clock } from "../core/clock.ts";`,
    good: `import type { Clock } from "../core/mod.ts";`,
  },
  {
    rule: "imports",
    says: "the door of mod/core",
    path: "mod/db/a_test.ts",
    bad: `import { newJobId } from "../core/ids.ts";`,
    good: `import { newJobId } from "../core/mod.ts"; import { open } from "./open.ts";`,
  },
  {
    rule: "imports",
    says: "for tests only",
    path: "mod/db/a.ts",
    bad: `import { until } from "../../tests/support/until.ts";`,
    good: `import { until } from "../../tests/support/until.ts";`,
    goodPath: "mod/db/a_test.ts",
  },
  {
    rule: "imports",
    says: "has no entry in tests/style/layers.ts",
    path: "mod/nobody/a.ts",
    bad: `import { a } from "./b.ts";`,
    good: `import { a } from "./b.ts";`,
    goodPath: "mod/db/a.ts",
  },
  {
    rule: "imports",
    says: "Schemas are the wire's",
    path: "mod/db/a.ts",
    bad: `import { z } from "zod";`,
    good: `import { z } from "zod";`,
    goodPath: "mod/wire/a.ts",
  },
  {
    rule: "imports",
    says: "only in mod/tls",
    path: "mod/client/a.ts",
    bad: `import https from "node:https";`,
    good: `import { Buffer } from "node:buffer";`,
  },
  {
    rule: "imports",
    says: "import the bare name",
    path: "mod/wire/a.ts",
    bad: `import { z } from "npm:zod@4";`,
    good: `import { z } from "zod";`,
  },
  {
    rule: "imports",
    says: "it has no entry",
    path: "mod/wire/a.ts",
    bad: `import _ from "lodash";`,
    good: `import { a } from "./b.ts";`,
  },
  {
    rule: "imports",
    says: "write @std/",
    path: "cmd/a.ts",
    bad: `import { join } from "../mod/std/path.ts";`,
    good: `import { join } from "@std/path";`,
  },
  {
    rule: "only-here",
    says: "a ProcessRunner",
    path: "mod/render/a.ts",
    bad: `new Deno.Command("melt");`,
    good: `new Deno.Command("melt");`,
    goodPath: "mod/process/a.ts",
  },
  {
    rule: "only-here",
    says: "cannot be tested",
    path: "cmd/a.ts",
    bad: `Deno.exit(1);`,
    good: `Deno.exit(1);`,
    goodPath: "main.ts",
  },
  {
    rule: "only-here",
    says: "resolved once, in cmd/",
    path: "mod/tls/a.ts",
    bad: `const { env } = Deno;`,
    good: `const { env } = Deno;`,
    goodPath: "mod/tls/a_test.ts",
  },
  {
    rule: "only-here",
    says: "Standard output belongs to commands",
    path: "mod/tls/a_test.ts",
    bad: `console.error("x");`,
    good: `log.error("x");`,
  },
  {
    rule: "only-here",
    says: "take a Clock",
    path: "mod/store/a.ts",
    bad: `const a = new Date();`,
    good: `const a = new Date(0);`,
  },
  {
    rule: "only-here",
    says: "take a Clock",
    path: "mod/store/a.ts",
    bad: `const a = Date.now();`,
    good: `const a = clock.nowMs();`,
  },
  {
    rule: "only-here",
    says: "take RandomBytes",
    path: "mod/store/a_test.ts",
    bad: `const a = Math.random();`,
    good: `const a = Math.max(1, 2);`,
  },
  {
    rule: "only-here",
    says: "Pure folders touch no machine",
    path: "mod/core/a.ts",
    bad: `await Deno.stat("x");`,
    good: `await Deno.stat("x");`,
    goodPath: "mod/db/a.ts",
  },
  {
    rule: "file-size",
    says: "a file of 501 lines",
    path: "mod/db/a.ts",
    bad: lines(501),
    good: lines(500),
  },
  {
    rule: "file-names",
    says: "say what is in it",
    path: "mod/db/utils.ts",
    bad: "",
    good: "",
    goodPath: "mod/db/open.ts",
  },
  {
    rule: "file-names",
    says: "say what is in it",
    path: "mod/db/helpers/open_test.ts",
    bad: "",
    good: "",
    goodPath: ".ci/open_test.ts",
  },
  {
    rule: "file-names",
    says: "snake_case",
    path: "mod/db/openDb.ts",
    bad: "",
    good: "",
    goodPath: "mod/db/_open_db.ts",
  },
  {
    rule: "function-size",
    says: "a function of 71 lines",
    path: "mod/db/a.ts",
    bad: `function f(): void {\n${lines(69)}}`,
    good: `function f(): void {\n${lines(68)}}`,
  },
  {
    rule: "function-size",
    says: "a function of 121 lines",
    path: "mod/db/a_test.ts",
    bad: `Deno.test("x", () => {\n${lines(119)}});`,
    good: `Deno.test("x", () => {\n${lines(118)}});`,
  },
  {
    rule: "exported-functions",
    says: "write `export function f`",
    path: "mod/db/a.ts",
    bad: `/** F. */\nexport const f = () => 1;`,
    good: `const g = () => 1;\n/** F. */\nexport function f(): number { return g(); }`,
  },
  {
    rule: "exported-docs",
    says: "Cannot export b without a doc comment",
    path: "mod/db/a.ts",
    bad: `/** A. */\nexport const a = 1;\nexport const b = 2;`,
    good: `/** A. */\nexport const a = 1;\n/** B. */\n// deno-lint-ignore x\nexport const b = 2;`,
  },
  {
    rule: "exported-docs",
    says: "Cannot export A without a doc comment",
    path: "mod/db/a.ts",
    bad: `/** The file.\n * @module\n */\nexport interface A { a: 1 }`,
    good: `/** An a. */\nexport interface A { a: 1 }`,
  },
  {
    rule: "positional-parameters",
    says: "Cannot give f() 3 positional parameters",
    path: "mod/db/a.ts",
    bad: `/** F. */\nexport function f(a: string, b: string, c = 3): void {}`,
    good:
      `/** F. */\nexport function f(a: string, b: string, options: Options = {}): void {}\nfunction g(a, b, c, d) {}`,
  },
  {
    rule: "positional-parameters",
    says: "Cannot give m() 4 positional parameters",
    path: "mod/db/a.ts",
    bad: `/** C. */\nexport class C { m(a: A, b: B, c: C, d: D): void {} }`,
    good: `/** C. */\nexport class C { m(a: A, b: B, { c, d }: D): void {} }`,
  },
  {
    rule: "private-keyword",
    says: "write #name",
    path: "mod/db/a.ts",
    bad: `class C { private a = 1; }`,
    good: `class C { #a = 1; private constructor() {} }`,
  },
  {
    rule: "error-messages",
    says: "capital letter",
    path: "mod/db/a.ts",
    bad: `throw new DomainError("db_busy", "cannot write");`,
    good: `throw new DomainError("db_busy", "Cannot write: busy");`,
  },
  {
    rule: "error-messages",
    says: "no period at its end",
    path: "mod/db/a.ts",
    bad: "throw new RangeError(`Cannot use ${x}.`);",
    good: "throw new RangeError(`Cannot use ${x}`);",
  },
  {
    rule: "error-messages",
    says: `spell out "doesn't"`,
    path: "mod/db/a.ts",
    bad: `throw new TypeError("It " + x + " doesn't fit");`,
    good: `throw new TypeError("The worker's file " + x + " does not fit");`,
  },
];

for (const [index, sample] of SAMPLES.entries()) {
  Deno.test(`olive/${sample.rule} fires and keeps still (${index}: ${sample.says})`, () => {
    const fired = lint(sample.path, sample.bad);
    assertEquals(fired.map(({ id }) => id), [`olive/${sample.rule}`]);
    assertStringIncludes(fired[0]?.message ?? "", sample.says);
    assertEquals(lint(sample.goodPath ?? sample.path, sample.good), []);
  });
}

Deno.test("every rule of the plugin has a sample on which it fires", () => {
  const tried = new Set<string>(SAMPLES.map(({ rule }) => rule));
  assertEquals(Object.keys(plugin.rules).filter((rule) => !tried.has(rule)), []);
  assert(tried.size > 0);
});
