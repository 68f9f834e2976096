import { PROGRAM_VERSION } from "../mod/core/mod.ts";
import { PROTOCOL_VERSION } from "../mod/wire/mod.ts";
import type { Command } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { readFlags } from "./flags.ts";

/** `olive version` */
export const versionCommand: Command = {
  name: "version",
  summary: "Version of the program",
  usage: `Usage: olive version [--json]

Examples:
  olive version
  olive version --json
`,
  run(argv, io): Promise<number> {
    const flags = readFlags(argv, { json: { kind: "switch" } });
    const facts = {
      version: PROGRAM_VERSION,
      protocol: PROTOCOL_VERSION,
      deno: Deno.version.deno,
      target: Deno.build.target,
    };
    io.stdout(
      flags.has("json")
        ? JSON.stringify(facts) + "\n"
        : `olive ${facts.version} (protocol ${facts.protocol}, Deno ${facts.deno}, ${facts.target})\n`,
    );
    return Promise.resolve(EXIT.ok);
  },
};
