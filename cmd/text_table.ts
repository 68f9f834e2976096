/**
 * Rows as aligned columns, two blanks apart.
 *
 * @param rows The first is the heading; all have as many cells.
 * @returns One line per row, each with its line end; empty for no rows.
 */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd() + "\n"
  ).join("");
}
