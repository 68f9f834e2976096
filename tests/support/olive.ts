import { join } from "@std/path";
import { isAlive } from "./process_tree.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const OUTPUT_CHARS_MAX = 4 * 1024 * 1024;
const DUMP_CHARS_MAX = 20_000;

/** How to start the program. */
export interface OliveOptions {
  /** Its name in dumps; the first argument if absent. */
  readonly name?: string;
  /** Added to the environment of the test, less its `OLIVE_*` variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory; the repository if absent. */
  readonly cwd?: string;
  /** Program and first arguments; {@linkcode oliveCommand} if absent. */
  readonly command?: readonly string[];
}

/** Bounds of one wait. */
export interface WaitOptions {
  /** Longest wait, milliseconds. Default 20,000. */
  readonly timeoutMs?: number;
  /** What is waited for, for the failure; the pattern itself if absent. */
  readonly what?: string;
}

/** How the program ended. */
export interface OliveOutcome {
  /** Exit code; 128 + n for signal n. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const WAIT_MS = 20_000;

/** Program and first arguments of `olive`: the executable named by `OLIVE_BIN`, else the sources. */
export function oliveCommand(): readonly string[] {
  const binary = Deno.env.get("OLIVE_BIN");
  if (binary !== undefined && binary !== "") return [binary];
  return [Deno.execPath(), "run", "-A", "--quiet", "--frozen", join(ROOT, "main.ts")];
}

/**
 * One running `olive`. Dispose of it (`await using`) and nothing of it is left: not the process, not
 * a child of its group. It also dies with the test.
 */
export class OliveProcess implements AsyncDisposable {
  /** Name in dumps. */
  readonly name: string;
  /** Process id of the program itself. */
  readonly pid: number;
  /** Settles when the program has ended and all of its output is read. */
  readonly outcome: Promise<OliveOutcome>;
  readonly #output = { stdout: "", stderr: "", both: "" };
  readonly #child: Deno.ChildProcess;
  #hasEnded = false;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();

  /** Starts the program. */
  constructor(args: readonly string[], options: OliveOptions = {}) {
    this.name = options.name ?? args[0] ?? "olive";
    const [program = "", ...rest] = [...guard(), ...options.command ?? oliveCommand(), ...args];
    this.#child = new Deno.Command(program, {
      args: rest,
      clearEnv: true,
      env: { ...inheritedEnvironment(), NO_COLOR: "1", ...options.env },
      cwd: options.cwd ?? ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.outcome = this.#follow();
  }

  /** Whether it has ended and all of its output is read. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Everything it printed so far, both streams as they came. */
  get output(): string {
    return this.#output.both;
  }

  /** Standard output so far. */
  get stdout(): string {
    return this.#output.stdout;
  }

  /** Standard error so far. */
  get stderr(): string {
    return this.#output.stderr;
  }

  /**
   * Waits until the output fits.
   *
   * @param wanted A pattern, or a question to all of the output so far.
   * @returns What the pattern matched, with its groups; empty for a question.
   * @throws {Error} When it does not in time, or the program ends before; with all it printed.
   */
  async waitFor(
    wanted: RegExp | ((output: string) => boolean),
    options: WaitOptions = {},
  ): Promise<readonly string[]> {
    const { timeoutMs = WAIT_MS, what = String(wanted) } = options;
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(deadline.resolve, timeoutMs);
    let isLate = false;
    deadline.promise.then(() => isLate = true);
    try {
      while (true) {
        const found = wanted instanceof RegExp
          ? wanted.exec(this.output)
          : wanted(this.output)
          ? []
          : null;
        if (found !== null) return found;
        if (isLate) throw new Error(`Waited ${timeoutMs} ms for ${what}\n${this.dump()}`);
        if (this.#hasEnded) throw new Error(`It ended before ${what}\n${this.dump()}`);
        await Promise.race([this.#wake.promise, deadline.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks it to end with a signal and waits until it has. */
  async stop(
    signal: Deno.Signal = "SIGTERM",
    options: WaitOptions = {},
  ): Promise<OliveOutcome> {
    this.signal(signal);
    await this.waitForEnd(options);
    return await this.outcome;
  }

  /** `kill -9` of the program alone; its children have to notice. Proves that it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    // Not the end of its output: a child that outlives it may hold that open.
    await this.#child.status;
    if (await isAlive(this.pid)) throw new Error(`It survived SIGKILL\n${this.dump()}`);
  }

  /** Sends a signal; `SIGSTOP` and `SIGCONT` make it hang and go on. Silent if it has ended. */
  signal(signal: Deno.Signal): void {
    if (!this.#hasEnded) sendSignal(this.pid, signal);
  }

  /** Waits for its own end, and fails with its output if that does not come. */
  async waitForEnd(options: WaitOptions = {}): Promise<OliveOutcome> {
    const { timeoutMs = WAIT_MS, what = "its end" } = options;
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), timeoutMs);
    try {
      const first = await Promise.race([this.outcome, late.promise]);
      if (first === "late") throw new Error(`Waited ${timeoutMs} ms for ${what}\n${this.dump()}`);
      return first;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The end of what it printed, under a heading, for the message of a failure. */
  dump(): string {
    const tail = this.output.slice(-DUMP_CHARS_MAX).trimEnd();
    return `--- output of ${this.name} (pid ${this.pid}) ---\n${tail}\n--- end of ${this.name} ---`;
  }

  /** Ends it and its process group at once, whatever state they are in. */
  async [Symbol.asyncDispose](): Promise<void> {
    sendSignal(-this.pid, "SIGKILL");
    if (!this.#hasEnded) sendSignal(this.pid, "SIGKILL");
    await this.outcome;
  }

  async #follow(): Promise<OliveOutcome> {
    const [status] = await Promise.all([
      this.#child.status,
      this.#read("stdout"),
      this.#read("stderr"),
    ]);
    this.#hasEnded = true;
    this.#wake.resolve();
    return { code: status.code, stdout: this.stdout, stderr: this.stderr };
  }

  async #read(stream: "stdout" | "stderr"): Promise<void> {
    for await (const text of this.#child[stream].pipeThrough(new TextDecoderStream())) {
      this.#output[stream] = (this.#output[stream] + text).slice(-OUTPUT_CHARS_MAX);
      this.#output.both = (this.#output.both + text).slice(-OUTPUT_CHARS_MAX);
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    }
  }
}

/** Runs the program to its end. It is killed after `timeoutMs`, by default 20,000, and the call fails. */
export async function runOlive(
  args: readonly string[],
  options: OliveOptions & WaitOptions = {},
): Promise<OliveOutcome> {
  await using olive = new OliveProcess(args, options);
  return await olive.waitForEnd(options);
}

/** Adds the output of processes to the failure of what is done with them. */
export async function showOnFailure<T>(
  processes: readonly OliveProcess[],
  body: () => Promise<T>,
): Promise<T> {
  try {
    return await body();
  } catch (error) {
    for (const each of processes) console.error(each.dump());
    throw error;
  }
}

/** A process group of its own, which the kernel ends with this process. */
function guard(): readonly string[] {
  return Deno.build.os === "linux" ? ["setsid", "setpriv", "--pdeathsig", "KILL", "--"] : [];
}

/** A variable of the tester's own farm must not decide what a test does. */
function inheritedEnvironment(): Record<string, string> {
  const entries = Object.entries(Deno.env.toObject());
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith("OLIVE_")));
}

function sendSignal(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    // ESRCH: there is no process, or no group, of that id any more.
    if (error instanceof Error && error.message.includes("os error 3")) return;
    throw error;
  }
}
