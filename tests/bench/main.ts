/**
 * Measures what the README publishes, each against its bar.
 *
 *     deno task bench [NAME...] [--json FILE] [--seed N] [--verbose] [--list]
 *
 * Prints a Markdown table on standard output and writes everything that was seen to FILE.
 *
 * @module
 */
import { cpus, platform } from "node:os";
import { join } from "@std/path";
import { parseArgs } from "@std/cli";
import { formatError, PROGRAM_VERSION } from "../../mod/core/mod.ts";
import { createSystemRunner } from "../../mod/process/mod.ts";
import { type Bench, type BenchContext, type BenchRow, formatFigure, reachesBar } from "./bench.ts";
import { barText, type BenchReport, toMarkdown } from "./bench_report.ts";
import { CLAIM_BENCHES } from "./claim_bench.ts";
import { FARM_BENCHES } from "./farm_benches.ts";
import { FARM_STATE_BENCHES } from "./farm_state_benches.ts";
import { MERGE_BENCHES } from "./merge_bench.ts";
import { GAP_BENCHES } from "./load/gap_bench.ts";
import { WORKERS_BENCHES } from "./load/workers_bench.ts";
import { SIMULATION_BENCHES } from "./simulation/simulation_bench.ts";
import { STARTUP_BENCHES } from "./startup.ts";

const BENCHES: readonly Bench[] = [
  ...FARM_BENCHES,
  ...FARM_STATE_BENCHES,
  ...MERGE_BENCHES,
  ...CLAIM_BENCHES,
  ...SIMULATION_BENCHES,
  ...GAP_BENCHES,
  ...WORKERS_BENCHES,
  ...STARTUP_BENCHES,
];
const SEED_DEFAULT = 20_260_101;

async function measure(bench: Bench, context: BenchContext): Promise<BenchRow> {
  const { name, what, unit, bar } = bench;
  const row = { name, what, unit, bar, command: `deno task bench ${name}` };
  try {
    const { value, details } = await bench.measure(context);
    return { ...row, value, isGood: reachesBar(value, bar), details };
  } catch (error) {
    return { ...row, isGood: false, details: { error: formatError(error) } };
  }
}

async function main(): Promise<boolean> {
  const flags = parseArgs(Deno.args, {
    string: ["json", "seed"],
    boolean: ["list", "verbose"],
    unknown: (arg) => {
      if (BENCHES.some(({ name }) => name === arg)) return true;
      throw new RangeError(`Cannot measure ${arg}: must be one of ${listNames()}`);
    },
  });
  if (flags.list) {
    for (const { name, what, bar } of BENCHES) console.log(`${name}: ${what}, ${barText(bar)}`);
    return true;
  }
  const context: BenchContext = {
    runner: createSystemRunner({ env: (name) => Deno.env.get(name) }),
    seed: Number(flags.seed ?? SEED_DEFAULT),
    isVerbose: flags.verbose === true,
    say: (line) => console.error(`  ${line}`),
  };
  const names = flags._.map(String);
  const rows: BenchRow[] = [];
  const startedAt = new Date().toISOString();
  for (const bench of BENCHES) {
    const isWanted = names.length > 0 ? names.includes(bench.name) : bench.isLong !== true;
    if (!isWanted) continue;
    console.error(`${bench.name}: ${bench.what}`);
    const row = await measure(bench, context);
    rows.push(row);
    console.error(`  ${verdictText(row)}`);
  }
  const report: BenchReport = {
    startedAt,
    programVersion: PROGRAM_VERSION,
    machine: { cores: cpus().length, model: cpus()[0]?.model ?? "", os: platform() },
    seed: context.seed,
    rows,
  };
  const path = flags.json === undefined
    ? join(await Deno.makeTempDir({ prefix: "olive-bench-" }), "bench.json")
    : String(flags.json);
  await Deno.writeTextFile(path, JSON.stringify(report, null, 2) + "\n");
  console.log(toMarkdown(report));
  console.error(`All that was seen: ${path}`);
  return rows.every(({ isGood }) => isGood);
}

/** What came of a row, on one line; all that an error says is in the file. */
function verdictText(row: BenchRow): string {
  const bar = `bar ${barText(row.bar)} ${row.unit}`.trimEnd();
  if (row.value !== undefined) {
    return `${row.isGood ? "reached" : "MISSED"}: ${formatFigure(row.value)} ${row.unit}, ${bar}`;
  }
  const [first = ""] = String(row.details["error"]).split("\n");
  return `NOT MEASURED: ${first}; ${bar}`;
}

function listNames(): string {
  return BENCHES.map(({ name }) => name).join(", ");
}

if (!await main()) Deno.exitCode = 1;
