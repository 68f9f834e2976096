import { isTestCode, repositoryPath } from "../judge_import.ts";

/**
 * Every exported declaration has a doc comment.
 *
 * `deno doc --lint` asks for more (fields, nameable types) of every folder's door except `mod/wire`:
 * its types are inferred from zod schemas, which `deno doc` cannot follow (private-type-ref,
 * missing-explicit-type). There this rule stands alone. See `.ci/doc_lint.ts`.
 */
export const exportedDocs: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = repositoryPath(context.filename);
    // A test exports nothing; what serves tests is documented like all else.
    if (path.endsWith("_test.ts") && isTestCode(path)) return {};
    const overloads = new Set<string>();
    return {
      ExportNamedDeclaration(node): void {
        if (node.declaration === null) return;
        const name = nameOf(node.declaration);
        const isOverload = node.declaration.type === "TSDeclareFunction";
        const isDocumented = endsWithDoc(context.sourceCode.text.slice(0, node.range[0]));
        if (!isDocumented && !overloads.has(name)) {
          context.report({
            range: [node.range[0], node.range[0] + "export".length],
            message:
              `Cannot export ${name} without a doc comment: say what it is, its units and bounds, and what it throws`,
          });
        }
        if (isOverload) overloads.add(name);
      },
    };
  },
};

function nameOf(declaration: Deno.lint.Node): string {
  if (declaration.type === "VariableDeclaration") {
    const id = declaration.declarations[0]?.id;
    return id?.type === "Identifier" ? id.name : "constants";
  }
  const { id } = declaration as { id?: { name?: string } | null };
  return id?.name ?? "it";
}

/** Whether the last thing in a text is a doc comment; lint directives may stand between. */
function endsWithDoc(before: string): boolean {
  const lead = before.replace(/(?:\s*\/\/ deno-lint-ignore[^\n]*)*\s*$/, "");
  if (!lead.endsWith("*/")) return false;
  const start = lead.lastIndexOf("/*");
  return lead.startsWith("/**", start) && !lead.slice(start).includes("@module");
}
