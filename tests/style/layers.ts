/**
 * The architecture as data: which folder may import which, which npm package and which global lives
 * where, and why. Read by the lint plugin (reports the reason at the line) and by `layers_test.ts`
 * (fails on an entry that has become stale). README's layer table is tested against it.
 *
 * @module
 */

/** One folder of the program. It may import from layers of a lower rank only: siblings never meet. */
export interface Layer {
  /** Folder, or file, from the root of the repository, without a slash at the end. */
  readonly folder: string;
  /** 0 (imports nothing) to 7. {@linkcode TEST_RANK} for what only tests use. */
  readonly rank: number;
  /** What the folder is for; shown when an import breaks the rule. */
  readonly why: string;
  /** Why other folders may import any of its files. Absent: its `mod.ts` is its only door. */
  readonly isOpen?: string;
}

/** Rank of what serves tests and development: may import everything, and only tests import it. */
export const TEST_RANK = 100;

/** Every folder that holds source files. */
export const LAYERS: readonly Layer[] = [
  {
    folder: "mod/core",
    rank: 0,
    why: "Words, states, limits, errors. Pure, so that every other folder can build on it",
  },
  {
    folder: "mod/wire",
    rank: 1,
    why: "The HTTP contract, shared by both sides; knows neither of them",
  },
  { folder: "mod/log", rank: 1, why: "One JSON line per event on standard error" },
  { folder: "mod/process", rank: 1, why: "Other programs as bounded, killable calls" },
  { folder: "mod/std", rank: 1, why: "Deno's standard library with types, as `@std/*`" },
  { folder: "mod/db", rank: 2, why: "Opens, migrates and serializes the database" },
  {
    folder: "mod/tls",
    rank: 2,
    why: "Mutual TLS, server and client; nobody else listens or dials",
  },
  { folder: "certs", rank: 2, why: "The farm's authority: issue, enrol, renew, revoke" },
  { folder: "mod/store", rank: 3, why: "What the database means: one function per operation" },
  { folder: "mod/client", rank: 3, why: "Typed calls to the master, used by worker and commands" },
  { folder: "mod/project", rank: 3, why: "Reads a project file and plans its pictures and sound" },
  { folder: "mod/render", rank: 3, why: "Makes the video file of a frame range, or the sound" },
  { folder: "mod/media", rank: 3, why: "Probes media, checks results, joins the film" },
  { folder: "mod/sample", rank: 3, why: "Makes the demo's project and media" },
  {
    folder: "mod/master/policy",
    rank: 3,
    why: "What a worker gets next, as a pure function: the master and a simulation drive it",
  },
  { folder: "mod/master", rank: 4, why: "The master's services: schedules, merges, recovers" },
  { folder: "mod/worker", rank: 4, why: "The worker's loop: fetches, renders, delivers" },
  {
    folder: "mod/master/api",
    rank: 5,
    why: "HTTP in, one service call, HTTP out; services know nothing of HTTP",
  },
  {
    folder: "cmd",
    rank: 6,
    why: "Flags, usage and wiring; the only place that builds services",
    isOpen: "Only main.ts is above it, and loads no more of it than the command line asks for",
  },
  { folder: "main.ts", rank: 7, why: "Arguments in, exit code out" },
  { folder: "mod/testing", rank: TEST_RANK, why: "Fakes for tests of several folders" },
  {
    folder: "tests/support",
    rank: TEST_RANK,
    why: "Real processes, proxies, media and pictures for tests",
    isOpen: "Each file is one tool; a door would make every test load all of them",
  },
  {
    folder: "tests/style",
    rank: TEST_RANK,
    why: "The house style as a program",
    isOpen: "Its data serves the scripts of .ci too",
  },
  { folder: "tests/integration", rank: TEST_RANK, why: "Whole farms of real processes" },
  { folder: "tests/fault", rank: TEST_RANK, why: "Farms with one thing broken on purpose" },
  {
    folder: "tests/bench",
    rank: TEST_RANK,
    why: "Measurements, published in the README",
    isOpen: "Its fake renderer and its reader of films serve other tests too",
  },
  {
    folder: "tests/soak",
    rank: TEST_RANK,
    why: "Farms on which things break at random, round after round, and what must hold",
    isOpen: "Each file is one tool: draw, strike, check",
  },
  { folder: ".ci", rank: TEST_RANK, why: "What runs around the program: set-up, tests, packaging" },
];

/** Where a package or a global may be used. */
export interface Place {
  /** Package as `deno.json` names it, or global as it is written: `Deno.exit`, `new Date()`. */
  readonly name: string;
  /** Folders or files that may use it; absent: all but `notIn`. */
  readonly onlyIn?: readonly string[];
  /** Folders or files that may not. */
  readonly notIn?: readonly string[];
  /** Whether tests and what serves them may use it anywhere. */
  readonly isForTests: boolean;
  /** Why, in a sentence a contributor can act on. */
  readonly why: string;
}

/** An npm package, or a name under which `deno.json` maps one. */
export interface PackagePlace extends Place {
  /** What it does for us that we should not do ourselves; shown in the README. */
  readonly purpose: string;
}

const PURE = ["mod/core", "mod/wire"];

/** npm packages, and the names under which `deno.json` maps them. */
export const PACKAGES: readonly PackagePlace[] = [
  {
    name: "zod",
    purpose:
      "checks every request and reply at run time, and gives its type and JSON Schema from one text",
    onlyIn: ["mod/wire"],
    isForTests: false,
    why: "Schemas are the wire's; other folders use its types and its check()",
  },
  {
    name: "@libsql/client",
    purpose: "SQLite with a path to a server for those who outgrow one machine",
    onlyIn: ["mod/db", ".ci/load_libsql.ts"],
    isForTests: false,
    why: "No raw client leaves mod/db: a write beside its queue of one blocks the whole process",
  },
  {
    name: "@peculiar/x509",
    purpose: "writes and reads certificates and signing requests; the runtime only uses them",
    onlyIn: ["certs"],
    isForTests: false,
    why: "What a certificate may say is decided in one place",
  },
  {
    name: "reflect-metadata",
    purpose: "loaded by @peculiar/x509, which does not work without it",
    onlyIn: ["certs"],
    isForTests: false,
    why: "@peculiar/x509 needs it loaded first; nothing else may rely on it",
  },
  {
    name: "@hono/node-server",
    purpose: "runs Hono on node:https, the one server here that can ask for a client certificate",
    onlyIn: ["mod/tls"],
    isForTests: false,
    why: "Servers ask for client certificates, and mod/tls is where that is done right",
  },
  {
    name: "hono",
    purpose: "routes requests; small, typed, testable without a socket",
    onlyIn: ["mod/master/api"],
    isForTests: true,
    why: "Services know nothing of HTTP: mod/master/api turns requests into their calls",
  },
  {
    name: "saxes",
    purpose: "reads XML strictly, piece by piece, without external entities",
    onlyIn: ["mod/project"],
    isForTests: false,
    why: "A project is hostile input; its XML is read in one place, with limits",
  },
  {
    name: "fast-check",
    purpose: "finds the counter-example that nobody thought of (tests only)",
    onlyIn: [],
    isForTests: true,
    why: "Property tests only",
  },
  {
    name: "deno-std",
    purpose:
      "Deno's standard library as npm has it; behind @std/*, going over to JSR is a change in deno.json alone",
    onlyIn: ["mod/std"],
    isForTests: false,
    why: "It has no types; import @std/* instead",
  },
  {
    name: "@std/assert",
    purpose: "assertions (tests only), typed re-export of deno-std",
    onlyIn: [],
    isForTests: true,
    why: "Use invariant() of mod/core",
  },
  {
    name: "@std/cli",
    purpose: "splits command lines, typed re-export of deno-std",
    onlyIn: ["cmd"],
    isForTests: true,
    why: "Only commands have flags",
  },
  {
    name: "@std/path",
    purpose: "joins and splits paths, typed re-export of deno-std",
    notIn: PURE,
    isForTests: true,
    why: "Pure folders know no file system",
  },
];

/** Node's built-in modules that not everyone may use. */
export const BUILTINS: readonly Place[] = [
  {
    name: "node:https",
    onlyIn: ["mod/tls"],
    isForTests: true,
    why: "Servers and clients of the farm are made by mod/tls, with client certificates",
  },
  {
    name: "node:http",
    onlyIn: ["mod/tls"],
    isForTests: true,
    why: "Nothing of ours is plain HTTP",
  },
  { name: "node:tls", onlyIn: ["mod/tls"], isForTests: true, why: "Use mod/tls" },
  { name: "node:child_process", onlyIn: [], isForTests: false, why: "Use mod/process" },
  { name: "node:process", onlyIn: [], isForTests: false, why: "Use what cmd/ hands down" },
];

/** Globals that not everyone may use. The first entry that fits a use decides. */
export const GLOBALS: readonly Place[] = [
  {
    name: "Deno.Command",
    onlyIn: ["mod/process"],
    isForTests: true,
    why:
      "Programs are run by a ProcessRunner: bounded, killable with all their children, countable",
  },
  {
    name: "Deno.kill",
    onlyIn: ["mod/process"],
    isForTests: true,
    why: "Whoever started a program ends it: see ProcessRunner",
  },
  {
    name: "Deno.exit",
    onlyIn: ["main.ts", ".ci"],
    isForTests: false,
    why: "Library code that ends the process skips clean-up and cannot be tested; return or throw",
  },
  {
    name: "Deno.args",
    onlyIn: ["main.ts", ".ci", "tests/bench", "tests/soak"],
    isForTests: true,
    why: "Commands get their arguments handed to them",
  },
  {
    name: "Deno.env",
    onlyIn: ["main.ts", "cmd"],
    isForTests: true,
    why: "Settings are resolved once, in cmd/, and passed down",
  },
  {
    name: "Deno.addSignalListener",
    onlyIn: ["main.ts", "cmd"],
    isForTests: true,
    why: "One place decides what Ctrl-C means; services take an AbortSignal",
  },
  {
    name: "Deno.stdout",
    onlyIn: ["main.ts", "cmd"],
    isForTests: true,
    why: "Standard output belongs to commands; log with mod/log",
  },
  {
    name: "Deno.stderr",
    onlyIn: ["main.ts", "cmd", "mod/log"],
    isForTests: true,
    why: "Log with mod/log",
  },
  {
    name: "Deno.serve",
    onlyIn: [],
    isForTests: true,
    why: "It cannot ask for a client certificate; use mod/tls",
  },
  {
    name: "Deno.listenTls",
    onlyIn: [],
    isForTests: true,
    why: "It cannot ask for a client certificate; use mod/tls",
  },
  {
    name: "Deno.chdir",
    onlyIn: [],
    isForTests: false,
    why: "It moves every relative path of the process, tests that run beside this one included",
  },
  { name: "Deno", notIn: PURE, isForTests: true, why: "Pure folders touch no machine" },
  {
    name: "console",
    onlyIn: [".ci", "tests/bench", "tests/soak", "tests/support"],
    isForTests: false,
    why: "Standard output belongs to commands, standard error to mod/log",
  },
  {
    name: "Date.now",
    onlyIn: [],
    isForTests: true,
    why: "Time is a dependency: take a Clock, so that tests decide what time it is",
  },
  {
    name: "new Date()",
    onlyIn: ["mod/core/clock.ts"],
    isForTests: true,
    why: "Time is a dependency: take a Clock, so that tests decide what time it is",
  },
  {
    name: "performance.now",
    onlyIn: ["mod/core/clock.ts"],
    isForTests: true,
    why: "Time is a dependency: take a Clock and its monotonicMs()",
  },
  {
    name: "Math.random",
    onlyIn: [],
    isForTests: false,
    why: "It can be neither predicted by tests nor trusted for ids: take RandomBytes",
  },
  {
    name: "crypto.getRandomValues",
    onlyIn: ["mod/core/ids.ts"],
    isForTests: true,
    why: "Randomness is a dependency: take RandomBytes",
  },
  {
    name: "crypto.randomUUID",
    onlyIn: [],
    isForTests: true,
    why: "Randomness is a dependency: take RandomBytes; ids are made in mod/core",
  },
];
