/**
 * Writes the tables of the README anew from the code that they describe. `deno task readme`, which
 * also formats them.
 *
 * @module
 */
import { fillTables } from "../tests/style/readme_tables.ts";

const README = new URL("../README.md", import.meta.url);

await Deno.writeTextFile(README, fillTables(await Deno.readTextFile(README)));
