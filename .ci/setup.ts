/**
 * Makes sure that everything is there that the program and its tests need. Quick and silent if it is;
 * otherwise installs it, or says in one sentence what to run. `deno task setup`.
 *
 * @module
 */
import { installPackages, SetupError } from "./install_packages.ts";
import { createSystemMachine } from "./system_machine.ts";
import { proveLibsql } from "./prove_libsql.ts";

try {
  await installPackages(createSystemMachine());
  await proveLibsql();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
