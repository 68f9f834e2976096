import { DEFAULT_PROGRAMS, type Programs } from "../mod/process/mod.ts";
import type { FlagSpecs } from "./flags.ts";
import { type SettingSources, textSetting, variableOf } from "./settings.ts";

/** Flags of every command that renders or joins. */
export const PROGRAM_FLAGS: FlagSpecs = {
  melt: { kind: "text" },
  ffmpeg: { kind: "text" },
  ffprobe: { kind: "text" },
};

/** Where the programs are: flag, `OLIVE_MELT` and so on, else the search path. */
export function programsOf(
  sources: Pick<SettingSources, "io"> & Partial<Pick<SettingSources, "flags">>,
): Programs {
  const { flags, io } = sources;
  const where = (name: keyof Programs): string => {
    const given = flags === undefined ? io.env(variableOf(name)) : textSetting({ flags, io }, name);
    return given || DEFAULT_PROGRAMS[name];
  };
  return { melt: where("melt"), ffmpeg: where("ffmpeg"), ffprobe: where("ffprobe") };
}
