import { isTestCode, repositoryPath } from "../judge_import.ts";

/** Lines of a function: what fits on a screen, and into a head. */
export const FUNCTION_LINES_MAX = 70;
/** Lines of a function in test code: a scenario reads from top to bottom. */
export const TEST_LINES_MAX = 120;

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** Functions stay short enough to be read at once. */
export const functionSize: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const linesMax = isTestCode(repositoryPath(context.filename))
      ? TEST_LINES_MAX
      : FUNCTION_LINES_MAX;
    const check = (node: FunctionNode): void => {
      const lines = context.sourceCode.text.slice(...node.range).split("\n").length;
      if (lines <= linesMax) return;
      context.report({
        range: [node.range[0], node.range[0] + 1],
        message: `Cannot keep a function of ${lines} lines: at most ${linesMax}, name its steps`,
      });
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
    };
  },
};
