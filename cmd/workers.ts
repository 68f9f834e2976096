import type { WorkerView } from "../mod/wire/mod.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { FARM_FLAGS, openFarm } from "./farm_connection.ts";
import { readFlags } from "./flags.ts";
import { formatRate } from "./progress_line.ts";
import { workText } from "./status.ts";
import { textTable } from "./text_table.ts";

/** `olive workers` */
export const workersCommand: Command = {
  name: "workers",
  summary: "Workers, how fast they are, and what each renders",
  usage: `Usage: olive workers [--online] [--json]

Lists every worker that has ever been here. SCORE is its speed on the built-in sample project.

      --online           Only those that are here now
      --json             The same as one JSON object
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Examples:
  olive workers
  olive workers --online --json
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, {
      ...FARM_FLAGS,
      online: { kind: "switch" },
      json: { kind: "switch" },
    });
    const farm = await openFarm(flags, io);
    try {
      const { workers: all } = await farm.client.listWorkers();
      const workers = flags.has("online") ? all.filter((one) => one.state !== "offline") : all;
      io.stdout(flags.has("json") ? JSON.stringify({ workers }) + "\n" : workerTable(workers));
      return EXIT.ok;
    } finally {
      await farm.close();
    }
  },
};

/** Workers as aligned columns, with a heading. */
export function workerTable(workers: readonly WorkerView[]): string {
  if (workers.length === 0) return "No workers. Start one: olive worker\n";
  const rows = workers.map((worker) => [
    worker.name,
    worker.state,
    String(worker.slots),
    String(worker.cores),
    worker.renderers.map(({ id, version }) => `${id} ${version}`.trim()).join(", "),
    worker.benchmarkFps > 0 ? formatRate(worker.benchmarkFps) : "-",
    worker.address,
    worker.state === "offline"
      ? `last seen ${new Date(worker.lastSeenAtMs).toISOString().slice(0, 19)}Z`
      : workText(worker),
  ]);
  const head = ["WORKER", "STATE", "SLOTS", "CORES", "RENDERER", "SCORE", "ADDRESS", "WORK"];
  return textTable([head, ...rows]);
}
