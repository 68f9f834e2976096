import {
  createSystemClock,
  DomainError,
  LEASE_MS_DEFAULT,
  systemRandomBytes,
} from "../mod/core/mod.ts";
import { KEEP_DAYS_DEFAULT } from "../mod/master/mod.ts";
import type { Command } from "./command.ts";
import { DEFAULT_ENROL_PORT, DEFAULT_MASTER_PORT } from "./default_ports.ts";
import { EXIT } from "./exit_codes.ts";
import { databaseLocationOf, stateDirOf } from "./farm_state.ts";
import { type FlagSpecs, readFlags } from "./flags.ts";
import { machineName, reachableHosts, toCertificateName } from "./machine_addresses.ts";
import { createProcessLogger, LOG_FLAGS } from "./process_logger.ts";
import { PROGRAM_FLAGS, programsOf } from "./program_settings.ts";
import {
  integerSetting,
  listSetting,
  parseListenAddress,
  type SettingSources,
  textSetting,
} from "./settings.ts";
import { type MasterSetup, startMaster } from "./start_master.ts";

const FLAGS: FlagSpecs = {
  ...LOG_FLAGS,
  ...PROGRAM_FLAGS,
  listen: { kind: "text" },
  "enrol-listen": { kind: "text" },
  host: { kind: "list" },
  root: { kind: "list" },
  "state-dir": { kind: "text" },
  database: { kind: "text" },
  "lease-seconds": { kind: "text" },
  "keep-days": { kind: "text" },
};

/** Longest time that ended jobs can be kept, days: a hundred years. */
export const KEEP_DAYS_MAX = 36_500;
const STOP_GRACE_MS = 5_000;

/** `olive master` */
export const masterCommand: Command = {
  name: "master",
  summary: "Run the farm's master",
  usage: `Usage: olive master [OPTIONS]

Takes jobs, hands out their parts, joins their films. Makes the farm's authority and certificates at
its first start. Runs until it is told to stop; what is under way goes on at the next start.

  --listen HOST:PORT        Where workers and people reach it (default 0.0.0.0:${DEFAULT_MASTER_PORT})
  --enrol-listen HOST:PORT  Where new machines join, open only while a token is outstanding
                            (default: the same host, port ${DEFAULT_ENROL_PORT})
  --root DIR                Folder that projects, media and films may lie in (repeatable; default:
                            your home folder)
  --host HOST               Another name or address of this machine, for its certificate (repeatable)
  --state-dir DIR           Where certificates, database and parts are kept
                            (default: $XDG_STATE_HOME/olive, ~/.local/state/olive)
  --database URL            A libSQL server instead of a file; its token is OLIVE_DATABASE_TOKEN
  --lease-seconds N         A worker that is silent for longer is taken for lost (default ${
    LEASE_MS_DEFAULT / 1000
  })
  --keep-days N             Jobs that ended longer ago are forgotten; their films stay (default ${KEEP_DAYS_DEFAULT})
  --ffmpeg PATH             Also --ffprobe, --melt (default: on the search path)
  --log-format F            text (default on a terminal) or json
  --log-level L             debug, info, warn or error

Each option can be given as a variable too: OLIVE_LISTEN=127.0.0.1:4747.

Examples:
  olive master
  olive master --root /srv/video --listen 192.168.1.10:4747
`,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, FLAGS);
    if (flags.operands.length > 0) {
      throw new DomainError("usage", `Cannot use ${flags.operands[0]}: master takes options only`);
    }
    const stopping = new AbortController();
    const killing = new AbortController();
    const unlisten = io.onStopSignal(() =>
      stopping.signal.aborted ? killing.abort() : stopping.abort()
    );
    try {
      const setup = readSetup({ flags, io });
      const master = await startMaster(setup);
      await Promise.race([untilAborted(stopping.signal), master.failed]);
      setup.logger.info("process_draining", "Stops; running renders go on without it");
      await Promise.race([master.stop(STOP_GRACE_MS), untilAborted(killing.signal)]);
      setup.logger.info("process_stopped", "The master has stopped");
      return EXIT.ok;
    } finally {
      unlisten();
    }
  },
};

function readSetup(sources: SettingSources): MasterSetup {
  const { io } = sources;
  const stateDir = stateDirOf(sources);
  const clock = createSystemClock();
  const listen = parseListenAddress(
    textSetting(sources, "listen") ?? `0.0.0.0:${DEFAULT_MASTER_PORT}`,
    "0.0.0.0",
  );
  const enrol = textSetting(sources, "enrol-listen") ?? `${DEFAULT_ENROL_PORT}`;
  const leaseSeconds = integerSetting(sources, {
    name: "lease-seconds",
    fallback: LEASE_MS_DEFAULT / 1000,
    min: 2,
    max: 3_600,
  });
  return {
    stateDir,
    hostName: machineName(),
    personName: toCertificateName(io.env("USER") ?? io.env("USERNAME") ?? "") || "admin",
    hosts: [...listSetting(sources, "host"), ...reachableHosts()],
    database: databaseLocationOf(sources, stateDir),
    listen,
    enrol: parseListenAddress(enrol, listen.hostname),
    roots: readRoots(sources),
    leaseMs: leaseSeconds * 1000,
    keepDays: integerSetting(sources, {
      name: "keep-days",
      fallback: KEEP_DAYS_DEFAULT,
      min: 0,
      max: KEEP_DAYS_MAX,
    }),
    programs: programsOf(sources),
    env: io.env,
    clock,
    random: systemRandomBytes,
    logger: createProcessLogger(sources, {
      clock,
      fields: { role: "master" },
      sink: (line) => io.stderr(line),
    }),
  };
}

function readRoots(sources: SettingSources): readonly string[] {
  const given = listSetting(sources, "root");
  if (given.length > 0) return given;
  const home = sources.io.env("HOME") || sources.io.env("USERPROFILE");
  if (home) return [home];
  throw new DomainError("config_invalid", "Cannot tell where projects may lie: HOME is not set", {
    hint: "Give a folder: --root /srv/video",
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
