/** Where the programs are that render and join. Names are looked up on the search path. */
export interface Programs {
  /** MLT's command line, `melt`. */
  readonly melt: string;
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

/** The names under which Debian installs them. */
export const DEFAULT_PROGRAMS: Programs = { melt: "melt", ffmpeg: "ffmpeg", ffprobe: "ffprobe" };

/** Command that installs what a worker needs, for hints. */
export const INSTALL_HINT =
  "Install it with: apt-get install --no-install-recommends melt ffmpeg frei0r-plugins fonts-dejavu-core";
