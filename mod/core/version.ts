/** Version of the program. The same as in `deno.json` (a test compares them). */
export const PROGRAM_VERSION = "0.1.0";
