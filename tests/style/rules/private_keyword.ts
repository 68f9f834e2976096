/** `#name` is private at run time too; `private` is a promise that only the type checker keeps. */
export const privateKeyword: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const check = (node: Deno.lint.Node & { accessibility?: string | undefined }): void => {
      if (node.accessibility !== "private") return;
      context.report({
        range: [node.range[0], node.range[0] + "private".length],
        message: "Cannot use the keyword private: write #name, which holds at run time too",
      });
    };
    return {
      PropertyDefinition: check,
      // There is no `#constructor`.
      MethodDefinition: (node) => node.kind === "constructor" ? undefined : check(node),
      TSParameterProperty: check,
    };
  },
};
