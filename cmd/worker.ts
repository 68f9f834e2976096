import { availableParallelism, platform, totalmem } from "node:os";
import {
  createSystemClock,
  DomainError,
  hostOwnsWorker,
  SLOTS_MAX,
  systemRandomBytes,
} from "../mod/core/mod.ts";
import { trustFarmOnly } from "../mod/tls/mod.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { checkMasterUrl, findIdentity } from "./farm_connection.ts";
import { stateDirOf } from "./farm_state.ts";
import { type FlagSpecs, readFlags } from "./flags.ts";
import { PROGRAM_FLAGS, programsOf } from "./program_settings.ts";
import { createProcessLogger, LOG_FLAGS } from "./process_logger.ts";
import {
  defaultCacheDir,
  integerSetting,
  pathSetting,
  type SettingSources,
  textSetting,
} from "./settings.ts";
import { startWorker, workerFolders, type WorkerSetup } from "./start_worker.ts";
import { createWorkerDisplay, type WorkerDisplay } from "./worker_display.ts";

const GIB = 1024 ** 3;
const CACHE_GIB_DEFAULT = 50;

const FLAGS: FlagSpecs = {
  ...LOG_FLAGS,
  ...PROGRAM_FLAGS,
  master: { kind: "text" },
  "state-dir": { kind: "text" },
  "cache-dir": { kind: "text" },
  "cache-gib": { kind: "text" },
  name: { kind: "text" },
  slots: { kind: "text" },
  threads: { kind: "text" },
  "no-benchmark": { kind: "switch" },
};

/** `olive worker` */
export const workerCommand: Command = {
  name: "worker",
  summary: "Render parts of jobs on this machine",
  usage: `Usage: olive worker [OPTIONS]

Renders parts of jobs until it is told to stop. Needs a certificate of the farm: olive certs join
TOKEN, or olive certs init on the master's own machine. Opens no port.

  --name NAME       The name of this machine's certificate (default), or NAME:LABEL for a second
                    worker process on the machine
  --slots N         Renders at a time (default 1)
  --threads N       Threads of one render (default: processors / slots)
  --no-benchmark    Do not measure this machine's speed; without it, a worker that has no score (olive
                    bench --score) renders the sample project once, after a minute without work
  --master URL      Master (default: the one this machine is enrolled at)
  --cache-dir DIR   Where media are kept (default: $XDG_CACHE_HOME/olive, ~/.cache/olive)
  --cache-gib N     Most space for media, GiB (default ${CACHE_GIB_DEFAULT})
  --state-dir DIR   Where certificates and unfinished work are kept
  --melt PATH       The renderer (default: melt on the search path); also --ffmpeg, --ffprobe
  --log-format F    text (default on a terminal) or json
  --log-level L     debug, info, warn or error

Each option can be given as a variable too: OLIVE_SLOTS=2. Ctrl-C or SIGTERM finishes and delivers
what is in hand, a second one stops at once.

Examples:
  olive worker
  olive worker --slots 2 --name laptop:night
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, FLAGS);
    if (flags.operands.length > 0) {
      throw new DomainError("usage", `Cannot use ${flags.operands[0]}: worker takes options only`);
    }
    trustFarmOnly((name, value) => Deno.env.set(name, value));
    const display = createWorkerDisplay(io, createSystemClock());
    const drain = new AbortController();
    const stop = new AbortController();
    const unlisten = io.onStopSignal(() => {
      if (drain.signal.aborted) stop.abort();
      else {
        display.print("Finishing what is in hand; once more to stop at once\n");
        drain.abort();
      }
    });
    try {
      const setup = await readSetup({ flags, io }, display);
      await startWorker({
        ...setup,
        drain: drain.signal,
        stop: stop.signal,
        onProgress: (progress) => display.show(progress),
      });
      return EXIT.ok;
    } finally {
      display.close();
      unlisten();
    }
  },
};

async function readSetup(
  sources: SettingSources,
  display: WorkerDisplay,
): Promise<Omit<WorkerSetup, "drain" | "stop" | "onProgress">> {
  const { io } = sources;
  const stateDir = stateDirOf(sources);
  const identity = await findIdentity(stateDir, ["worker"]);
  const name = textSetting(sources, "name") ?? identity.identity.name;
  if (!hostOwnsWorker(identity.identity.name, name)) {
    throw new DomainError(
      "config_invalid",
      `Cannot be worker ${JSON.stringify(name)}: the certificate is of ${identity.identity.name}`,
      { hint: `Use --name ${identity.identity.name}, or ${identity.identity.name}:LABEL` },
    );
  }
  const cores = availableParallelism();
  const slots = integerSetting(sources, { name: "slots", fallback: 1, min: 1, max: SLOTS_MAX });
  const threads = integerSetting(sources, {
    name: "threads",
    fallback: Math.max(1, Math.floor(cores / slots)),
    min: 1,
    max: 1024,
  });
  const clock = createSystemClock();
  return {
    identity,
    masterUrl: checkMasterUrl(textSetting(sources, "master") ?? identity.masterUrl),
    name,
    slots,
    threads,
    ...workerFolders(
      { stateDir, cacheDir: pathSetting(sources, "cache-dir") ?? defaultCacheDir(io) },
      name,
    ),
    ...(sources.flags.has("no-benchmark") ? {} : { benchmarkDir: stateDir }),
    cacheBytesMax: GIB * integerSetting(sources, {
      name: "cache-gib",
      fallback: CACHE_GIB_DEFAULT,
      min: 1,
      max: 1_000_000,
    }),
    programs: programsOf(sources),
    env: io.env,
    machine: { cores, memoryBytes: totalmem(), os: platform() },
    clock,
    random: systemRandomBytes,
    logger: createProcessLogger(sources, {
      clock,
      fields: { role: "worker", workerName: name },
      sink: (line) => display.print(line),
    }),
  };
}
