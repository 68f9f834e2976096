import { assertEquals } from "@std/assert";
import { listSourceFiles, readSource, visit } from "./source_files.ts";

/** Names of the tests of a file; the values in a name that is built are left out. */
function readTestNames(path: string, source: string): string[] {
  const names: string[] = [];
  visit(path, source, {
    CallExpression(node): void {
      const callee = source.slice(...node.callee.range);
      if (!/^Deno\.test(\.ignore|\.only)?$/.test(callee)) return;
      const name = nameOf(node.arguments[0]);
      if (name !== undefined) names.push(name);
    },
  });
  return names;
}

function nameOf(argument: Deno.lint.Node | undefined): string | undefined {
  if (argument?.type === "Literal") return String(argument.value);
  if (argument?.type === "TemplateLiteral") {
    return argument.quasis.map((quasi) => quasi.cooked ?? quasi.raw).join("${}");
  }
  if (argument?.type !== "ObjectExpression") return undefined;
  for (const property of argument.properties) {
    if (property.type !== "Property" || property.key.type !== "Identifier") continue;
    if (property.key.name === "name") return nameOf(property.value);
  }
  return undefined;
}

Deno.test("readTestNames() finds names in every form of Deno.test", () => {
  const source = `
    Deno.test("one", () => {});
    Deno.test.ignore("two", () => {});
    Deno.test({ ignore: true, name: "three", fn() {} });
    for (const x of [1]) Deno.test(\`four \${x}\`, () => {});
  `;
  assertEquals(readTestNames("a_test.ts", source), ["one", "two", "three", "four ${}"]);
});

Deno.test("every test has a name of its own", async () => {
  const files = (await listSourceFiles()).filter((file) => file.endsWith("_test.ts"));
  const homes = new Map<string, string[]>();
  for (const file of files) {
    for (const name of readTestNames(file, await readSource(file))) {
      homes.set(name, [...homes.get(name) ?? [], file]);
    }
  }
  const repeated = [...homes].filter(([, at]) => at.length > 1);
  assertEquals(repeated.map(([name, at]) => `${name}: ${at.join(", ")}`), []);
});

Deno.test("no test is committed as the only one to run", async () => {
  const files = (await listSourceFiles()).filter((file) => file.endsWith("_test.ts"));
  const only: string[] = [];
  for (const file of files) {
    visit(file, await readSource(file), {
      MemberExpression(node): void {
        const { object, property } = node;
        if (object.type !== "MemberExpression" || property.type !== "Identifier") return;
        if (object.object.type !== "Identifier" || object.object.name !== "Deno") return;
        if (property.name === "only") only.push(file);
      },
    });
  }
  assertEquals(only, []);
});
