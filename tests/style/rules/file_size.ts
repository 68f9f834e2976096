/** Lines of a file. One idea each: typical files have about 120. */
export const FILE_LINES_MAX = 500;

/** A file that needs more has two ideas. */
export const fileSize: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    return {
      "Program:exit"(): void {
        const lines = context.sourceCode.text.trimEnd().split("\n").length;
        if (lines <= FILE_LINES_MAX) return;
        context.report({
          range: [0, 0],
          message:
            `Cannot keep a file of ${lines} lines: at most ${FILE_LINES_MAX}, one idea per file`,
        });
      },
    };
  },
};
