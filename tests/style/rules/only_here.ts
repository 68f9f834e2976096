import { judgePlace, repositoryPath } from "../judge_import.ts";
import { GLOBALS, type Place } from "../layers.ts";

/** Globals that reach out of the program (processes, exit, environment, time, chance) have one home each. */
export const onlyHere: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = repositoryPath(context.filename);
    const check = (node: Deno.lint.Node, isUse: (place: Place) => boolean): void => {
      const place = GLOBALS.find(isUse);
      const reason = place && judgePlace(path, place);
      if (reason !== undefined) context.report({ node, message: reason });
    };
    return {
      MemberExpression(node): void {
        if (node.object.type !== "Identifier" || node.property.type !== "Identifier") return;
        const object = node.object.name;
        const use = `${object}.${node.property.name}`;
        check(node, ({ name }) => name === use || name === object);
      },
      NewExpression(node): void {
        if (node.callee.type !== "Identifier" || node.arguments.length > 0) return;
        const use = `new ${node.callee.name}()`;
        check(node, ({ name }) => name === use);
      },
      VariableDeclarator(node): void {
        // `const { exit } = Deno` would get past the member rule.
        if (node.id.type !== "ObjectPattern" || node.init?.type !== "Identifier") return;
        const object = node.init.name;
        for (const property of node.id.properties) {
          if (property.type !== "Property" || property.key.type !== "Identifier") continue;
          const use = `${object}.${property.key.name}`;
          check(property, ({ name }) => name === use || name === object);
        }
      },
    };
  },
};
