import {
  DomainError,
  type ErrorCode,
  isDomainError,
  LIST_LIMIT_MAX,
  type PlanWarning,
} from "../../core/mod.ts";

/** Codes that a problem of a project can have, the gravest first. */
export const PROBLEM_CODES = [
  "project_invalid",
  "path_refused",
  "media_missing",
  "project_unsupported",
] as const satisfies readonly ErrorCode[];

/** One of the codes that a problem of a project can have. */
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Something in the way of an export. */
export interface Problem {
  /** What kind of problem this is. */
  readonly code: ProblemCode;
  /** Line of the project file, from 1. */
  readonly line: number;
  /** What it is about: name of the clip, effect or media. */
  readonly subject: string;
  /** One sentence without a period. */
  readonly message: string;
}

const HINTS: Readonly<Record<ProblemCode, string>> = {
  project_invalid: "Open the project in Olive 0.1, put this right and save it again.",
  path_refused: "Move the media below the project's folder, or allow their folder.",
  media_missing: "Put the files where the project expects them, or relink them in Olive.",
  project_unsupported: "Remove these from the project, or export without them: --skip-unsupported.",
};

/** Problems in a message; the rest is in the details. */
const MESSAGE_PROBLEMS_MAX = 5;

/**
 * Collects what is wrong with a project, so that a person learns of everything at once.
 */
export class ProblemList {
  readonly #skipUnsupported: boolean;
  readonly #problems: Problem[] = [];
  readonly #warnings: PlanWarning[] = [];
  readonly #seen = new Set<string>();

  /**
   * Makes an empty list.
   *
   * @param options `skipUnsupported`: what is not supported becomes a warning.
   */
  constructor(options: { readonly skipUnsupported: boolean }) {
    this.#skipUnsupported = options.skipUnsupported;
  }

  /** Takes note of a problem; the same one on the same line counts once. */
  add(problem: Problem): void {
    const key = JSON.stringify([problem.code, problem.line, problem.subject, problem.message]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (problem.code === "project_unsupported" && this.#skipUnsupported) {
      this.warn({ ...problem, message: `${problem.message}; the film is made without it` });
    } else {
      this.#problems.push(problem);
    }
  }

  /** Takes note of something that a person should know but that hinders nothing. */
  warn(warning: PlanWarning): void {
    const { line, subject, message } = warning;
    const key = JSON.stringify(["warning", line, subject, message]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#warnings.push({ ...(line === undefined ? {} : { line }), subject, message });
  }

  /** Adds what a function throws about the project, and gives back `undefined` then. */
  collect<T>(subject: string, action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (!isDomainError(error, "project_invalid")) throw error;
      const line = error.details["line"];
      this.add({
        code: "project_invalid",
        line: typeof line === "number" ? line : 1,
        subject,
        message: error.message.replace(/^Cannot read project: (?:line \d+: )?/, ""),
      });
      return undefined;
    }
  }

  /** Warnings so far, in the order of the file. */
  listWarnings(): readonly PlanWarning[] {
    return this.#warnings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
      .slice(0, LIST_LIMIT_MAX);
  }

  /**
   * Ends the export if there was a problem.
   *
   * @throws {DomainError} With the gravest code; the message names the first problems, and
   * `details.problems` has all of them, up to `LIST_LIMIT_MAX`.
   */
  throwIfAny(): void {
    if (this.#problems.length === 0) return;
    const problems = this.#problems.toSorted((a, b) => a.line - b.line);
    const code =
      PROBLEM_CODES.find((candidate) => problems.some((problem) => problem.code === candidate)) ??
        "project_invalid";
    const shown = problems.slice(0, MESSAGE_PROBLEMS_MAX).map((problem) =>
      `line ${problem.line}: ${problem.subject}: ${problem.message}`
    );
    const more = problems.length - shown.length;
    if (more > 0) shown.push(`and ${more} more`);
    throw new DomainError(code, `Cannot export project: ${shown.join("; ")}`, {
      hint: HINTS[code],
      details: { problems: problems.slice(0, LIST_LIMIT_MAX) },
    });
  }
}
