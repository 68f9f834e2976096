import { fromFileUrl, join } from "@std/path";
import { FAKE_MELT_DEFAULTS, type FakeMeltSettings } from "./renderer/settings.ts";

/** A fake renderer that can be given to `--melt`. */
export interface FakeMelt {
  /** The program. */
  readonly path: string;
  /** Changes how it behaves from now on, running renders included. */
  change(settings: Partial<FakeMeltSettings>): Promise<void>;
}

/**
 * Puts a fake `melt` with settings of its own into a folder.
 *
 * @param dir Existing folder, absolute; one for each renderer.
 * @param settings What differs from {@linkcode FAKE_MELT_DEFAULTS}.
 */
export async function installFakeMelt(
  dir: string,
  settings: Partial<FakeMeltSettings> = {},
): Promise<FakeMelt> {
  const settingsPath = join(dir, "fake_melt.json");
  let current: FakeMeltSettings = { ...FAKE_MELT_DEFAULTS, ...settings };
  await replaceFile(settingsPath, JSON.stringify(current));
  const path = join(dir, "melt");
  await replaceFile(path, launcherText(settingsPath), 0o755);
  return {
    path,
    async change(next): Promise<void> {
      current = { ...current, ...next };
      await replaceFile(settingsPath, JSON.stringify(current));
    },
  };
}

function launcherText(settingsPath: string): string {
  const program = fromFileUrl(new URL("fake_melt.ts", import.meta.url));
  const flags = ["run", "--no-lock", "--no-config", "--no-check", "--quiet", "-A"];
  const command = [Deno.execPath(), ...flags, program, settingsPath].map(quote).join(" ");
  const cacheDir = Deno.env.get("DENO_DIR");
  const cache = cacheDir === undefined ? "" : `DENO_DIR=${quote(cacheDir)} `;
  return `#!/bin/sh\n${cache}exec ${command} "$@"\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

async function replaceFile(path: string, text: string, mode = 0o644): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text, { mode });
  await Deno.rename(`${path}.new`, path);
}
