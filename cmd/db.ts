import { DomainError } from "../mod/core/mod.ts";
import type { Command } from "./command.ts";
import { backUp, check, prune } from "./db_actions.ts";
import { type FlagSpecs, readFlags } from "./flags.ts";

const FLAGS: FlagSpecs = {
  "state-dir": { kind: "text" },
  database: { kind: "text" },
  "keep-days": { kind: "text" },
  json: { kind: "switch" },
};

/** `olive db` */
export const dbCommand: Command = {
  name: "db",
  summary: "The farm's database: backup, check, prune",
  usage: `Usage: olive db backup FILE [--json]
       olive db check [--json]
       olive db prune --keep-days N [--json]

For the master's machine, whether the master runs or not.

  backup FILE        A consistent copy while everything goes on; an older one is replaced whole.
                     To restore: stop the master, put the copy in place of the database
  check              Looks at every page and every reference. Exit code 1 if something is wrong
  prune              Forgets jobs that ended more than N days ago, with their files. Their films
                     stay. The master does the same by itself (olive master --keep-days)

      --keep-days N      0 forgets every job that has ended
      --json             One JSON object
      --state-dir DIR    Where the farm's files are
      --database URL     A libSQL server instead of a file; its token is OLIVE_DATABASE_TOKEN

Examples:
  olive db backup /srv/backup/olive.db
  olive db check
  olive db prune --keep-days 7
`,
  run(argv, io): Promise<number> {
    const flags = readFlags(argv, FLAGS);
    const [action, ...operands] = flags.operands;
    const run = ACTIONS.find(({ name }) => name === action);
    if (run === undefined) {
      const hint = `One of: ${ACTIONS.map(({ name }) => `olive db ${name}`).join(", ")}`;
      const message = action === undefined ? "Cannot tell what to do" : `Unknown action ${action}`;
      throw new DomainError("usage", message, { hint });
    }
    if (operands.length !== run.operands) {
      throw new DomainError(
        "usage",
        `Cannot ${action}: ${operands.length} operands given, ${run.operands} wanted`,
        { hint: "See: olive db --help" },
      );
    }
    return run.act({ flags, io }, operands);
  },
};

const ACTIONS = [
  { name: "backup", operands: 1, act: backUp },
  { name: "check", operands: 0, act: check },
  { name: "prune", operands: 0, act: prune },
] as const;
