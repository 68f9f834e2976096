import { repositoryPath } from "../judge_import.ts";

const VAGUE = [
  "common",
  "constants",
  "funcs",
  "functions",
  "general",
  "helper",
  "helpers",
  "index",
  "lib",
  "misc",
  "shared",
  "stuff",
  // `deno test` takes it for a test wherever it is.
  "test",
  "tools",
  "type",
  "types",
  "util",
  "utils",
];

/** The name of a file is what one would grep for: snake_case, and never a drawer for whatever. */
export const fileNames: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const segments = repositoryPath(context.filename).split("/");
    return {
      "Program:exit"(): void {
        for (const segment of segments) {
          const stem = segment.replace(/^\./, "").replace(/(_test)?\.tsx?$/, "");
          if (VAGUE.includes(stem)) {
            context.report({
              range: [0, 0],
              message:
                `Cannot name it ${segment}: say what is in it, the name is what people search for`,
            });
          } else if (!/^_?[a-z0-9]+(_[a-z0-9]+)*$/.test(stem)) {
            context.report({
              range: [0, 0],
              message: `Cannot name it ${segment}: file names are snake_case`,
            });
          }
        }
      },
    };
  },
};
