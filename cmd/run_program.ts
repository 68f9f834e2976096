import { DomainError, formatError } from "../mod/core/mod.ts";
import type { Command, CommandIo } from "./command.ts";
import { EXIT, exitCodeOf } from "./exit_codes.ts";
import { nearest } from "./flags.ts";

/** A command that is loaded only when it is called, so that `--help` stays quick. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/**
 * Runs the program: finds the command, prints help, turns errors into a sentence and an exit code.
 *
 * @param argv All arguments of the program.
 * @param context The table of commands, the surroundings, and the version for `--version`.
 * @returns Exit code for the process.
 */
export async function runProgram(
  argv: readonly string[],
  context: { commands: readonly CommandEntry[]; io: CommandIo; version: string },
): Promise<number> {
  const { commands, io } = context;
  const [name, ...rest] = argv;
  const isHelp = name === undefined || name === "help" || name === "--help" || name === "-h";
  if (isHelp && rest[0] === undefined) {
    io.stdout(overview(commands, context.version));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === "--version" || name === "-V") {
    io.stdout(`olive ${context.version}\n`);
    return EXIT.ok;
  }
  const wanted = isHelp ? rest[0] : name;
  const entry = commands.find((command) => command.name === wanted);
  if (entry === undefined) {
    const near = nearest(wanted ?? "", commands.map((command) => command.name));
    printError(
      io,
      new DomainError("usage", `Unknown command ${JSON.stringify(wanted)}`, {
        hint: near === undefined ? "See: olive help" : `Did you mean: olive ${near}`,
      }),
    );
    return EXIT.usage;
  }
  const command = await entry.load();
  if (isHelp || asksForHelp(rest)) {
    io.stdout(command.usage.endsWith("\n") ? command.usage : command.usage + "\n");
    return EXIT.ok;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    printError(io, error);
    return exitCodeOf(error);
  }
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

function overview(commands: readonly CommandEntry[], version: string): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const lines = commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return `olive ${version}: exports video projects on many machines at once

Usage: olive COMMAND [OPTIONS]

${lines.join("\n")}

olive COMMAND --help shows the options of a command, with examples.
`;
}

/** Prints an error for a person: what failed and why, then what to do. Never a stack trace for an expected one. */
export function printError(io: CommandIo, error: unknown): void {
  io.stderr(`olive: ${formatError(error)}\n`);
  if (error instanceof DomainError) {
    if (error.hint !== undefined) io.stderr(`  ${error.hint}\n`);
    return;
  }
  if (io.env("OLIVE_DEBUG") && error instanceof Error) io.stderr(`${error.stack}\n`);
  else io.stderr("  This is a fault of the program. OLIVE_DEBUG=1 shows where.\n");
}
