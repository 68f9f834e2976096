import { fromFileUrl } from "@std/path";

/**
 * How to start this very program again, as a process of its own.
 *
 * @param args Arguments of the program.
 * @returns Program and arguments: the compiled binary, or the runtime with `main.ts`.
 */
export function selfCommand(args: readonly string[]): { program: string; args: string[] } {
  const program = Deno.execPath();
  if (Deno.build.standalone) return { program, args: [...args] };
  return { program, args: ["run", "-A", fromFileUrl(Deno.mainModule), ...args] };
}
