/** What is exported is a named `function`: its name shows in stack traces, and it can be used above its line. */
export const exportedFunctions: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    return {
      ExportNamedDeclaration(node): void {
        if (node.declaration?.type !== "VariableDeclaration") return;
        for (const { id, init } of node.declaration.declarations) {
          if (init?.type !== "ArrowFunctionExpression" && init?.type !== "FunctionExpression") {
            continue;
          }
          const name = id.type === "Identifier" ? id.name : "it";
          context.report({
            node: id,
            message: `Cannot export ${name} as a constant: write \`export function ${name}\``,
          });
        }
      },
    };
  },
};
