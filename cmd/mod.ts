/**
 * The commands of the program. One file each: flags, usage, wiring; no business logic.
 *
 * @module
 */
import type { CommandEntry } from "./run_program.ts";

export type { Command, CommandIo } from "./command.ts";
export type { CommandEntry } from "./run_program.ts";

/** Every command, in the order in which `olive help` lists them. Loaded only when called. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "submit",
    summary: "Export a project on the farm (or --local, without one)",
    load: async () => (await import("./submit.ts")).submitCommand,
  },
  {
    name: "status",
    summary: "The farm in one look",
    load: async () => (await import("./status.ts")).statusCommand,
  },
  {
    name: "jobs",
    summary: "List jobs, newest first",
    load: async () => (await import("./jobs.ts")).jobsCommand,
  },
  {
    name: "job",
    summary: "A job with its parts, and who tried each",
    load: async () => (await import("./job.ts")).jobCommand,
  },
  {
    name: "logs",
    summary: "What the renderers of a job said last",
    load: async () => (await import("./logs.ts")).logsCommand,
  },
  {
    name: "wait",
    summary: "Wait for the end of jobs; the exit code is their outcome",
    load: async () => (await import("./wait.ts")).waitCommand,
  },
  {
    name: "cancel",
    summary: "Cancel a job",
    load: async () => (await import("./cancel.ts")).cancelCommand,
  },
  {
    name: "retry",
    summary: "Take up a failed job: only what is left is rendered",
    load: async () => (await import("./retry.ts")).retryCommand,
  },
  {
    name: "pause",
    summary: "Hand out nothing more of a job",
    load: async () => (await import("./pause.ts")).pauseCommand,
  },
  {
    name: "resume",
    summary: "Go on with a paused job",
    load: async () => (await import("./resume.ts")).resumeCommand,
  },
  {
    name: "priority",
    summary: "Let a job go before others, or after them",
    load: async () => (await import("./priority.ts")).priorityCommand,
  },
  {
    name: "workers",
    summary: "Workers, how fast they are, and what each renders",
    load: async () => (await import("./workers.ts")).workersCommand,
  },
  {
    name: "master",
    summary: "Run the farm's master",
    load: async () => (await import("./master.ts")).masterCommand,
  },
  {
    name: "worker",
    summary: "Render parts of jobs on this machine",
    load: async () => (await import("./worker.ts")).workerCommand,
  },
  {
    name: "certs",
    summary: "Certificates: init, add, token, join, list, revoke, renew",
    load: async () => (await import("./certs.ts")).certsCommand,
  },
  {
    name: "db",
    summary: "The farm's database: backup, check, prune",
    load: async () => (await import("./db.ts")).dbCommand,
  },
  {
    name: "bench",
    summary: "Measure this machine on the built-in sample project",
    load: async () => (await import("./bench.ts")).benchCommand,
  },
  {
    name: "demo",
    summary: "Export a sample project with a master and two workers on this machine",
    load: async () => (await import("./demo.ts")).demoCommand,
  },
  {
    name: "version",
    summary: "Version of the program",
    load: async () => (await import("./version.ts")).versionCommand,
  },
];
