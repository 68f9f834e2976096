/**
 * olive: exports video-editor projects on many machines at once.
 *
 * @module
 */
import { COMMANDS } from "./cmd/mod.ts";
import { createProcessIo } from "./cmd/process_io.ts";
import { runProgram } from "./cmd/run_program.ts";
import { PROGRAM_VERSION } from "./mod/core/mod.ts";

if (import.meta.main) {
  Deno.exit(
    await runProgram(Deno.args, {
      commands: COMMANDS,
      io: createProcessIo(),
      version: PROGRAM_VERSION,
    }),
  );
}
