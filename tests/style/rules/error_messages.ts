import { isTestCode, repositoryPath } from "../judge_import.ts";

const CONTRACTION =
  /\b(?:\w+n't|(?:i|you|we|they)'(?:re|ve|ll|d|m)|(?:it|that|there|what|let)'s)\b/i;

/**
 * Messages of errors read alike: sentence case, no period at the end, no contraction. `Cannot do x: current, wanted`.
 * Only the literal parts of a message can be judged.
 */
export const errorMessages: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    // A test may throw whatever the code under test has to live with.
    if (isTestCode(repositoryPath(context.filename))) return {};
    return {
      NewExpression(node): void {
        if (node.callee.type !== "Identifier" || !node.callee.name.endsWith("Error")) return;
        const message = node.arguments[node.callee.name === "DomainError" ? 1 : 0];
        const problem = message && judgeMessage(message);
        if (message !== undefined && problem !== undefined) {
          context.report({ node: message, message: `Cannot word it so: ${problem}` });
        }
      },
    };
  },
};

function judgeMessage(node: Deno.lint.Node): string | undefined {
  const parts = literalParts(node);
  if (parts === undefined) return undefined;
  const [first, last] = [parts[0] ?? "", parts.at(-1) ?? ""];
  if (/^\p{Ll}/u.test(first)) return "an error message starts with a capital letter";
  if (/[.!]$/.test(last.trimEnd()) && !last.trimEnd().endsWith("...")) {
    return "an error message has no period at its end";
  }
  const contraction = CONTRACTION.exec(parts.join(" "));
  if (contraction !== null) return `spell out "${contraction[0]}"`;
  return undefined;
}

/** Literal text between the values of a message, `undefined` if it is no literal at all. */
function literalParts(node: Deno.lint.Node): string[] | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? [node.value] : undefined;
  if (node.type === "TemplateLiteral") return node.quasis.map((quasi) => quasi.cooked ?? quasi.raw);
  if (node.type !== "BinaryExpression" || node.operator !== "+") return undefined;
  const left = literalParts(node.left);
  const right = literalParts(node.right);
  if (left === undefined && right === undefined) return undefined;
  return [...(left ?? [""]), ...(right ?? [""])];
}
