import { EXIT, exitCodeOf } from "../../cmd/exit_codes.ts";
import { COMMANDS } from "../../cmd/mod.ts";
import denoJson from "../../deno.json" with { type: "json" };
import {
  ATTEMPT_TRANSITIONS,
  DomainError,
  ERROR_CODES,
  JOB_TRANSITIONS,
  PART_TRANSITIONS,
} from "../../mod/core/mod.ts";
import { listPresets } from "../../mod/render/mod.ts";
import { PROBLEMS } from "../../mod/wire/mod.ts";
import { LAYERS, PACKAGES, TEST_RANK } from "./layers.ts";

type Row = readonly string[];

/** The tables of the README that the code knows better. `deno task readme` writes them anew. */
export const README_TABLES: Readonly<Record<string, () => readonly Row[]>> = {
  commands: () => [
    ["command", "what it does"],
    ...COMMANDS.map(({ name, summary }) => [`\`olive ${name}\``, summary]),
  ],
  layers: () => [
    ["rank", "folder", "what it is for"],
    ...LAYERS.filter(({ rank }) => rank !== TEST_RANK).toSorted((a, b) => b.rank - a.rank).map(
      ({ rank, folder, why }) => [String(rank), `\`${folder}\``, why],
    ),
    ...LAYERS.filter(({ rank }) => rank === TEST_RANK).map(
      ({ folder, why }) => ["tests", `\`${folder}\``, why],
    ),
  ],
  "job-states": () => stateTable(JOB_TRANSITIONS),
  "part-states": () => stateTable(PART_TRANSITIONS),
  "attempt-states": () => stateTable(ATTEMPT_TRANSITIONS),
  errors: () => [
    ["code", "HTTP", "next", "exit"],
    ...ERROR_CODES.map((code) => {
      const { status, next } = PROBLEMS[code];
      const exit = exitCodeOf(new DomainError(code, "Table row"));
      return [`\`${code}\``, String(status), next.replaceAll("_", " "), String(exit)];
    }),
  ],
  "exit-codes": () => [
    ["exit code", "name", "errors that end so"],
    ...Object.entries(EXIT).map(([name, exit]) => {
      const codes = ERROR_CODES.filter((code) => exitCodeOf(new DomainError(code, "Row")) === exit);
      // Everything that has no exit code of its own.
      const errors = exit === EXIT.failed ? "any other" : codes.map((code) => `\`${code}\``);
      return [String(exit), name, [errors].flat().join(", ")];
    }),
  ],
  presets: () => [
    ["preset", "what it is", "film names"],
    ...listPresets().map(({ name, summary, containers }) => [
      `\`${name}\``,
      summary,
      Object.keys(containers).map((extension) => `\`${extension}\``).join(", "),
    ]),
  ],
  dependencies: () => [
    ["package", "version", "used in", "why"],
    ...PACKAGES.filter(({ name }) => versionOf(name) !== undefined).map(
      ({ name, onlyIn, purpose }) => [
        `\`${name}\``,
        versionOf(name) ?? "",
        onlyIn?.filter((folder) => !folder.endsWith(".ts")).map((folder) => `\`${folder}\``)
          .join(", ") || "tests",
        purpose,
      ],
    ),
  ],
};

function stateTable(transitions: Readonly<Record<string, readonly string[]>>): readonly Row[] {
  return [
    ["from", "to"],
    ...Object.entries(transitions).map(([from, to]) => [
      `\`${from}\``,
      to.length === 0 ? "(final)" : to.map((state) => `\`${state}\``).join(", "),
    ]),
  ];
}

/** Version of a package as `deno.json` pins it; `undefined` for a name that maps to our own files. */
function versionOf(name: string): string | undefined {
  const targets = Object.entries(denoJson.imports);
  const target = targets.find(([key]) => key === name || key === `${name}/`)?.[1];
  return target === undefined ? undefined : /@(\d[^/@]*)\/?$/.exec(target)?.[1];
}

const MARK = /(<!-- table: ([a-z-]+) -->\n)([\s\S]*?)(<!-- end of table -->)/g;

/** Names of the tables that a text has a place for, in order. */
export function tablePlaces(text: string): string[] {
  return [...text.matchAll(MARK)].map((match) => match[2] ?? "");
}

/**
 * Puts the tables into their places. The result is not yet formatted: `deno fmt` pads the columns.
 *
 * @throws {RangeError} For a place whose table is not known.
 */
export function fillTables(text: string): string {
  return text.replaceAll(MARK, (_match, start: string, name: string, _old, end: string) => {
    const table = README_TABLES[name];
    if (table === undefined) throw new RangeError(`Cannot fill table ${name}: there is none`);
    return `${start}\n${toMarkdown(table())}\n\n${end}`;
  });
}

function toMarkdown(rows: readonly Row[]): string {
  const [head = [], ...body] = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const lines = [head, head.map(() => "---"), ...body];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
