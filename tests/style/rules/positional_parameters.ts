import { isTestCode, repositoryPath } from "../judge_import.ts";

/** Positional parameters of what is exported; one object of named options may follow. */
export const POSITIONAL_MAX = 2;

const POSITIONAL_TYPES = new Set([
  "TSStringKeyword",
  "TSNumberKeyword",
  "TSBooleanKeyword",
  "TSBigIntKeyword",
  "TSArrayType",
  "TSTupleType",
  "TSFunctionType",
  "TSUnionType",
  "TSTypeOperator",
]);

interface Parameter {
  readonly type: string;
  readonly left?: Parameter;
  readonly typeAnnotation?: { readonly typeAnnotation: { readonly type: string } };
}

/** A call with more than two positional arguments cannot be read at the place of the call. */
export const positionalParameters: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    // The callbacks and fakes of tests follow other people's signatures.
    if (isTestCode(repositoryPath(context.filename))) return {};
    const check = (name: string, node: Deno.lint.Node, params: readonly unknown[]): void => {
      const list = params as readonly Parameter[];
      const isOptions = list.length === POSITIONAL_MAX + 1 && isOptionsObject(list.at(-1));
      if (list.length <= POSITIONAL_MAX || isOptions) return;
      context.report({
        range: [node.range[0], node.range[0] + 1],
        message:
          `Cannot give ${name} ${list.length} positional parameters: at most ${POSITIONAL_MAX}, then one options object`,
      });
    };
    return {
      "ExportNamedDeclaration > FunctionDeclaration"(node: Deno.lint.FunctionDeclaration): void {
        check(`${node.id?.name}()`, node, node.params);
      },
      "ExportNamedDeclaration > ClassDeclaration > ClassBody > MethodDefinition"(
        node: Deno.lint.MethodDefinition,
      ): void {
        if (node.key.type !== "Identifier") return;
        check(`${node.key.name}()`, node, node.value.params);
      },
    };
  },
};

function isOptionsObject(parameter: Parameter | undefined): boolean {
  if (parameter === undefined || parameter.type === "RestElement") return false;
  if (parameter.type === "AssignmentPattern") return isOptionsObject(parameter.left);
  if (parameter.type === "ObjectPattern") return true;
  const annotation = parameter.typeAnnotation?.typeAnnotation.type;
  return annotation !== undefined && !POSITIONAL_TYPES.has(annotation);
}
