import { SetupError } from "./install_packages.ts";
import { pathExists } from "./system_machine.ts";

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/**
 * Proves, once per lock file and cache, that libSQL's native library loads on this machine. The npm
 * packages themselves are there already: `deno task` fetches what `deno.lock` lists before it starts.
 *
 * @throws {SetupError} If the library does not load, with the loader's own words.
 */
export async function proveLibsql(): Promise<void> {
  const proof = await proofPath();
  if (proof !== undefined && await pathExists(proof)) return;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", ".ci/load_libsql.ts"],
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) {
    const words = new TextDecoder().decode(stderr).trim();
    throw new SetupError(`Cannot load the database library on this machine: ${words}`);
  }
  if (proof !== undefined) await Deno.writeTextFile(proof, "");
}

/** A file in Deno's own cache, named after what it proves; it goes when the cache goes. */
async function proofPath(): Promise<string | undefined> {
  const folder = cacheFolder();
  if (folder === undefined || !await pathExists(folder)) return undefined;
  const lock = await Deno.readFile(`${ROOT}deno.lock`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", lock));
  return `${folder}/olive_libsql_loads_${digest.toHex().slice(0, 16)}_${Deno.version.deno}`;
}

function cacheFolder(): string | undefined {
  const own = Deno.env.get("DENO_DIR");
  if (own !== undefined) return own;
  const xdg = Deno.env.get("XDG_CACHE_HOME");
  if (xdg !== undefined) return `${xdg}/deno`;
  const home = Deno.env.get("HOME");
  return home === undefined ? undefined : `${home}/.cache/deno`;
}
