import { DomainError, LOG_TAIL_CHARS_MAX } from "../core/mod.ts";
import { INSTALL_HINT } from "./programs.ts";
import type { ProcessOutcome, ProcessRunner, ProcessSpec } from "./runner.ts";

const STDOUT_BYTES_MAX_DEFAULT = 64 * 1024 * 1024;

/** What the runner learns of the machine once, at its construction. */
export interface SystemRunnerOptions {
  /** Reads an environment variable of this process. */
  readonly env: (name: string) => string | undefined;
  /** Called with the process group of each program that starts, and again when it has ended. */
  readonly onGroup?: (groupId: number, isAlive: boolean) => void;
}

/** Runs real programs. Constructed in `cmd/` and handed down. */
export function createSystemRunner(options: SystemRunnerOptions): ProcessRunner {
  const isLinux = Deno.build.os === "linux";
  return {
    run: (spec) => runProcess(spec, options, isLinux),
  };
}

/** A group of its own, so that one kill reaches all children; killed by the kernel when this process dies. */
function guardedCommand(spec: ProcessSpec, isLinux: boolean): [string, string[]] {
  const polite: string[] = spec.niceness ? ["nice", "-n", String(spec.niceness)] : [];
  const own = [...polite, spec.program, ...spec.args];
  const whole = isLinux ? ["setsid", "setpriv", "--pdeathsig", "KILL", "--", ...own] : own;
  return [whole[0] ?? spec.program, whole.slice(1)];
}

function baseEnvironment(options: SystemRunnerOptions): Record<string, string> {
  const result: Record<string, string> = { LANG: "C.UTF-8", LC_ALL: "C.UTF-8" };
  for (const name of ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP"]) {
    const value = options.env(name);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

async function runProcess(
  spec: ProcessSpec,
  options: SystemRunnerOptions,
  isLinux: boolean,
): Promise<ProcessOutcome> {
  await assertProgramExists(spec.program, options);
  const [program, args] = guardedCommand(spec, isLinux);
  const child = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { ...baseEnvironment(options), ...spec.env },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    stdin: spec.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  options.onGroup?.(child.pid, true);
  spec.onStarted?.({ countThreads: () => countThreads(child.pid, isLinux) });
  let endedBy: ProcessOutcome["endedBy"] = "exit";
  const kill = (reason: ProcessOutcome["endedBy"]): void => {
    if (endedBy === "exit") endedBy = reason;
    killGroup(child.pid, isLinux);
  };
  const timer = setTimeout(() => kill("timeout"), spec.timeoutMs);
  const onAbort = (): void => kill("signal");
  const onTerminate = (): void => askToEnd(child);
  spec.signal?.addEventListener("abort", onAbort, { once: true });
  spec.terminate?.addEventListener("abort", onTerminate, { once: true });
  if (spec.signal?.aborted) onAbort();
  try {
    const [stdout, stderrTail, status] = await Promise.all([
      readStdout(child.stdout, spec).catch((error: unknown) => {
        killGroup(child.pid, isLinux);
        throw error;
      }),
      readStderr(child.stderr, spec),
      child.status,
      spec.stdin === undefined ? undefined : feedStdin(child.stdin, spec.stdin),
    ]);
    return { code: status.code, endedBy, stdout, stderrTail };
  } finally {
    clearTimeout(timer);
    spec.signal?.removeEventListener("abort", onAbort);
    spec.terminate?.removeEventListener("abort", onTerminate);
    await child.status;
    // Children that a program left behind share its group.
    killGroup(child.pid, isLinux);
    options.onGroup?.(child.pid, false);
  }
}

async function countThreads(pid: number, isLinux: boolean): Promise<number | undefined> {
  if (!isLinux) return undefined;
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    const count = Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1]);
    return count > 0 ? count : undefined;
  } catch {
    // It has ended.
    return undefined;
  }
}

function askToEnd(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch {
    // Best effort: it has ended by itself.
  }
}

/** Ends every process of a group at once. Silent if there is none left. */
export function killGroup(groupId: number, isLinux = Deno.build.os === "linux"): void {
  try {
    Deno.kill(isLinux ? -groupId : groupId, "SIGKILL");
  } catch {
    // Best effort: the group has ended by itself.
  }
}

async function assertProgramExists(program: string, options: SystemRunnerOptions): Promise<void> {
  const candidates = program.includes("/")
    ? [program]
    : (options.env("PATH") ?? "").split(":").filter((dir) => dir !== "").map((dir) =>
      `${dir}/${program}`
    );
  for (const candidate of candidates) {
    try {
      if ((await Deno.stat(candidate)).isFile) return;
    } catch {
      // Not here; the next folder of the search path may have it.
    }
  }
  if (Deno.build.os === "windows") return;
  throw new DomainError("program_missing", `Cannot find the program ${JSON.stringify(program)}`, {
    hint: INSTALL_HINT,
    details: { program },
  });
}

async function readStdout(
  stream: ReadableStream<Uint8Array>,
  spec: ProcessSpec,
): Promise<Uint8Array> {
  const bytesMax = spec.stdoutBytesMax ?? STDOUT_BYTES_MAX_DEFAULT;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    if (spec.onStdout !== undefined) {
      await spec.onStdout(chunk);
      continue;
    }
    sizeBytes += chunk.length;
    if (sizeBytes > bytesMax) {
      throw new DomainError(
        "too_large",
        `Cannot read output of ${spec.program}: more than ${bytesMax} bytes`,
      );
    }
    chunks.push(chunk);
  }
  const whole = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

async function readStderr(
  stream: ReadableStream<Uint8Array>,
  spec: ProcessSpec,
): Promise<string> {
  const decoder = new TextDecoder();
  let tail = "";
  let pending = "";
  for await (const chunk of stream) {
    const text = decoder.decode(chunk, { stream: true });
    tail = (tail + text).slice(-LOG_TAIL_CHARS_MAX);
    if (spec.onStderrLine === undefined) continue;
    pending += text;
    const lines = pending.split(/[\r\n]/);
    pending = (lines.pop() ?? "").slice(-LOG_TAIL_CHARS_MAX);
    for (const line of lines) if (line !== "") spec.onStderrLine(line);
  }
  if (pending !== "") spec.onStderrLine?.(pending);
  return tail;
}

async function feedStdin(
  stream: WritableStream<Uint8Array>,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const writer = stream.getWriter();
  try {
    for await (const chunk of source) await writer.write(chunk);
    await writer.close();
  } catch {
    // The program closed its input or has ended: its exit code says what that means.
    await writer.abort().catch(() => undefined);
  }
}
