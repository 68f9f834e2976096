import { join, resolve } from "@std/path";
import {
  createSystemClock,
  DomainError,
  MAX_PART_SECONDS_DEFAULT,
  MIN_PART_SECONDS_DEFAULT,
} from "../mod/core/mod.ts";
import {
  PART_SECONDS_MAX,
  PART_SECONDS_MIN,
  PRIORITY_DEFAULT,
  type SubmitRequestInput,
} from "../mod/wire/mod.ts";
import type { Command, CommandIo } from "./command.ts";
import { EXIT, outcomeCode } from "./exit_codes.ts";
import { FARM_FLAGS, type FarmConnection, openFarm } from "./farm_connection.ts";
import { type Flags, type FlagSpecs, readFlags } from "./flags.ts";
import { findProjects } from "./find_projects.ts";
import { followJob, type JobReporter } from "./follow_job.ts";
import { createJsonReporter, createTextReporter } from "./job_reporters.ts";
import { readPriority } from "./priority.ts";
import { submitFolder } from "./submit_folder.ts";

const FLAGS: FlagSpecs = {
  ...FARM_FLAGS,
  project: { kind: "text" },
  folder: { kind: "text" },
  output: { kind: "text", short: "o" },
  preset: { kind: "text", short: "p" },
  sequence: { kind: "text" },
  priority: { kind: "text" },
  key: { kind: "text" },
  "min-part-seconds": { kind: "text" },
  "max-part-seconds": { kind: "text" },
  overwrite: { kind: "switch" },
  "skip-unsupported": { kind: "switch" },
  detach: { kind: "switch", short: "d" },
  wait: { kind: "switch" },
  local: { kind: "switch" },
  json: { kind: "switch" },
};

const USAGE = `Usage: olive submit PROJECT.ove [OPTIONS]
       olive submit --project PROJECT.ove [OPTIONS]
       olive submit --folder DIR [OPTIONS]

Exports a project on the farm, shows its progress and waits for the film. The exit code is the
job's outcome. The project, its media and the film are paths on the master's machine.

      --folder DIR       Every project in a folder and below it, hidden ones left out: a job each,
                         rather one whole project per worker. One that cannot be exported does not
                         stop the others; the exit code is the worst outcome
  -o, --output FILE      The film (default: beside the project, named after it); with --folder, a
                         folder for all films
  -p, --preset NAME      h264 (default), hevc, prores, lossless
      --sequence NAME    Sequence to export (default: the one that is open in the editor)
      --priority 0..100  Higher goes first (default 50)
      --overwrite        Replace a film that is already there
      --skip-unsupported Render without what olive cannot render yet, with a warning
  -d, --detach           Return at once; the job goes on
      --wait             Wait for the film (default)
      --key TEXT         The same key names the same job: a repeated submit makes no second one
      --min-part-seconds N  Shortest part, seconds of work (default ${MIN_PART_SECONDS_DEFAULT})
      --max-part-seconds N  Longest part, seconds of work (default ${MAX_PART_SECONDS_DEFAULT})
      --local            Needs no farm: export on this machine, leave nothing behind but the film
      --json             One JSON event per line on standard output
      --master URL       Master to ask (default: the one this machine is enrolled at)
      --state-dir DIR    Where this machine's certificates are

Ctrl-C detaches: the job goes on. Exit codes: 0 film made, 5 job failed, 6 job cancelled,
7 no master, 8 refused, 9 project refused, 130 detached by Ctrl-C.

Examples:
  olive submit holiday.ove
  olive submit --folder /srv/video/series --preset hevc
  olive submit holiday.ove --preset prores --output /srv/films/holiday.mov --detach
`;

/** `olive submit` */
export const submitCommand: Command = {
  name: "submit",
  summary: "Export a project on the farm (or --local, without one)",
  usage: USAGE,
  async run(argv, io): Promise<number> {
    const flags = readFlags(argv, FLAGS);
    if (flags.has("local") && flags.has("detach")) {
      throw new DomainError("usage", "Cannot use --detach with --local: the farm ends with it");
    }
    return flags.text("folder") === undefined
      ? await runOne(flags, io)
      : await runFolder(flags, io);
  },
};

async function runOne(flags: Flags, io: CommandIo): Promise<number> {
  const request = { projectPath: readProject(flags, io), ...readOptions(flags, io) };
  const farm = await openFarmFor(request.projectPath, { flags, io });
  try {
    return await submitAndFollow({ farm, request, flags, io });
  } finally {
    await farm.close();
  }
}

async function runFolder(flags: Flags, io: CommandIo): Promise<number> {
  const operand = flags.text("project") ?? flags.operands[0];
  if (operand !== undefined) {
    throw new DomainError("usage", `Cannot use ${operand} with --folder: it names all projects`);
  }
  const common = readOptions(flags, io);
  const folder = resolve(io.cwd, flags.text("folder") ?? "");
  const projects = await findProjects(folder);
  const farm = await openFarmFor(join(folder, projects[0] ?? ""), { flags, io });
  const isDetached = flags.has("detach");
  const submission = { folder, projects, common, isDetached, isJson: flags.has("json") };
  try {
    return await submitFolder(submission, { farm, io });
  } finally {
    await farm.close();
  }
}

async function openFarmFor(
  projectPath: string,
  sources: { readonly flags: Flags; readonly io: CommandIo },
): Promise<FarmConnection> {
  const { flags, io } = sources;
  if (!flags.has("local")) return await openFarm(flags, io);
  // A whole master and worker: a submit to a farm starts a quarter faster without them.
  const { openLocalFarm } = await import("./local_farm.ts");
  return await openLocalFarm({ projectPath }, io);
}

function readProject(flags: Flags, io: CommandIo): string {
  const named = flags.text("project");
  const operands = named === undefined ? flags.operands : [named, ...flags.operands];
  const [project] = operands;
  if (project === undefined || operands.length > 1) {
    throw new DomainError(
      "usage",
      project === undefined
        ? "Cannot submit: no project given"
        : `Cannot submit: one project at a time, given ${operands.length}`,
      { hint: "For example: olive submit holiday.ove, or all of a folder: --folder DIR" },
    );
  }
  return resolve(io.cwd, project);
}

/** What a job is asked for beside its project. */
function readOptions(flags: Flags, io: CommandIo): Omit<SubmitRequestInput, "projectPath"> {
  const output = flags.text("output");
  const sequence = flags.text("sequence");
  const key = flags.text("key");
  const minPartSeconds = readPartSeconds(flags, "min-part-seconds");
  const maxPartSeconds = readPartSeconds(flags, "max-part-seconds");
  return {
    ...(output === undefined ? {} : { outputPath: resolve(io.cwd, output) }),
    preset: flags.text("preset") ?? "h264",
    ...(sequence === undefined ? {} : { sequence }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(minPartSeconds === undefined ? {} : { minPartSeconds }),
    ...(maxPartSeconds === undefined ? {} : { maxPartSeconds }),
    priority: readPriority(flags.text("priority") ?? String(PRIORITY_DEFAULT)),
    overwrite: flags.has("overwrite"),
    skipUnsupported: flags.has("skip-unsupported"),
  };
}

function readPartSeconds(flags: Flags, name: string): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= PART_SECONDS_MIN && seconds <= PART_SECONDS_MAX) {
    return seconds;
  }
  throw new DomainError(
    "usage",
    `Cannot use --${name} ${text}: must be seconds, ${PART_SECONDS_MIN} to ${PART_SECONDS_MAX}`,
  );
}

async function submitAndFollow(
  context: { farm: FarmConnection; request: SubmitRequestInput; flags: Flags; io: CommandIo },
): Promise<number> {
  const { farm, request, flags, io } = context;
  const clock = createSystemClock();
  const reporter: JobReporter = flags.has("json")
    ? createJsonReporter(io)
    : createTextReporter(io, clock);
  const { job, isNew } = await farm.client.submit(request);
  reporter.onSubmitted(job, isNew);
  if (flags.has("detach")) return EXIT.ok;
  const ended = await followJob({ client: farm.client, clock, io, reporter, jobId: job.id });
  if (ended === "detached") {
    io.stderr(
      flags.has("local")
        ? `Job ${job.id} was stopped: the farm inside this command ends with it\n`
        : `Job ${job.id} goes on. To end it: olive cancel ${job.id}\n`,
    );
    return EXIT.interrupted;
  }
  return outcomeCode(ended);
}
