import { type Bar, type BenchRow, formatFigure } from "./bench.ts";

/** Everything that one run measured, as the machine-readable file has it. */
export interface BenchReport {
  /** When it began, ISO 8601. */
  readonly startedAt: string;
  readonly programVersion: string;
  readonly machine: { readonly cores: number; readonly model: string; readonly os: string };
  readonly seed: number;
  readonly rows: readonly BenchRow[];
}

/** The table for the README. */
export function toMarkdown(report: BenchReport): string {
  const head = ["what", "bar", "measured", "", "command"];
  const rows = report.rows.map((row) => [
    row.what,
    `${barText(row.bar)}${unitText(row.unit)}`,
    row.value === undefined
      ? "not measured"
      : `${formatFigure(row.value)}${unitText(row.unit)}${detailText(row)}`,
    row.isGood ? "reached" : "missed",
    `\`${row.command}\``,
  ]);
  return [head, head.map(() => "---"), ...rows].map((cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  ).join("\n");
}

/** `<= 1.1` */
export function barText(bar: Bar): string {
  return `${bar.kind === "at most" ? "<=" : ">="} ${bar.value}`;
}

function unitText(unit: string): string {
  return unit === "" ? "" : ` ${unit}`;
}

/** The detail that a row itself names for the table. */
function detailText(row: BenchRow): string {
  const note = row.details["note"];
  return note === undefined ? "" : ` (${note})`;
}
