import { judgeImport, repositoryPath } from "../judge_import.ts";

type Source = { readonly type: string; readonly value?: unknown } | null | undefined;

/** Arrows point down only, and through the door: for `import`, `export ... from`, `import()` and types. */
export const imports: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = repositoryPath(context.filename);
    const check = (node: Deno.lint.Node, source: Source): void => {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      const reason = judgeImport(path, source.value);
      if (reason !== undefined) context.report({ node, message: reason });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
      TSImportType: (node) => check(node, typeSource(node.argument)),
    };
  },
};

function typeSource(argument: Deno.lint.Node): Source {
  return argument.type === "TSLiteralType" ? argument.literal as Source : undefined;
}
