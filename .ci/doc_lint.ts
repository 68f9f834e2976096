/**
 * `deno doc --lint` over the doors of all folders: what is exported is documented, and its types can
 * be named by who imports it. `deno task doc`.
 *
 * Findings inside `mod/wire` are left out: its types are inferred from zod schemas, which `deno doc`
 * takes for private or implicit. There the lint rule `olive/exported-docs` stands alone. Left out, too,
 * are fields without a comment: `kind`, or `height` below a documented `width`, would only get noise.
 *
 * @module
 */
import { LAYERS, TEST_RANK } from "../tests/style/layers.ts";
import { pathExists } from "./system_machine.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);
const INFERRED = "mod/wire";

const doors: string[] = [];
for (const { folder, rank } of LAYERS) {
  const door = `${folder}/mod.ts`;
  if (rank !== TEST_RANK && await pathExists(ROOT + door)) doors.push(door);
}

const { code, stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...doors],
  cwd: ROOT,
  env: { NO_COLOR: "1" },
  stdin: "null",
  stdout: "null",
  stderr: "piped",
}).output();

/** The line that a finding shows: `9 |   readonly summary: string;`. */
const FIELD_LINE = /^ *\d+ \|\s+(?:readonly )?\w+\??:/m;

function isOurs(finding: string): boolean {
  if (finding.includes(`--> ${ROOT}${INFERRED}/`)) return false;
  return !(finding.startsWith("error[missing-jsdoc]") && FIELD_LINE.test(finding));
}

const words = new TextDecoder().decode(stderr);
const findings = words.split(/^(?=error)/m).filter((block) => block.startsWith("error["));
const ours = findings.filter(isOurs);
for (const finding of ours) console.error(finding.trimEnd() + "\n");
if (ours.length > 0) console.error(`Found ${ours.length} problems in ${doors.length} doors`);
// A failure without a finding is one of the tool itself.
if (code !== 0 && findings.length === 0) console.error(words);
if (ours.length > 0 || (code !== 0 && findings.length === 0)) Deno.exit(1);
