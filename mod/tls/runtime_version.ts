/**
 * Oldest runtime whose `node:https` checks client certificates: before 2.7.14 it silently did not,
 * and until 2.8.1 it called a client without one authorized.
 *
 * @see Source: https://github.com/denoland/deno/pull/33439 and https://github.com/denoland/deno/pull/34381
 */
export const DENO_VERSION_MIN = "2.8.1";

/**
 * Makes sure that this runtime checks client certificates at all.
 *
 * @param version Version of the runtime, `Deno.version.deno` if absent.
 * @throws {Error} If it is older than DENO_VERSION_MIN: a server must not start on it.
 */
export function assertRuntimeChecksClients(version: string = Deno.version.deno): void {
  const current = parseVersion(version);
  const wanted = parseVersion(DENO_VERSION_MIN);
  for (let index = 0; index < wanted.length; index++) {
    const difference = (current[index] ?? -1) - (wanted[index] ?? 0);
    if (difference > 0) return;
    if (difference < 0) {
      throw new Error(
        `Cannot listen: Deno ${version} does not check client certificates, must be ${DENO_VERSION_MIN} or newer`,
      );
    }
  }
  // A prerelease of the very version may lack the fix.
  if (version.includes("-")) {
    throw new Error(`Cannot listen: Deno ${version} is a prerelease of ${DENO_VERSION_MIN}`);
  }
}

function parseVersion(version: string): number[] {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match === null ? [] : match.slice(1).map(Number);
}
