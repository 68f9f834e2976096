/** A Debian package that the program or its tests need. */
export interface DebianPackage {
  readonly name: string;
  /** Programs that it puts on the search path; all must be there. */
  readonly programs: readonly string[];
  /** Files or folders that show it is there, by Debian's path and others'; one is enough. */
  readonly anyOf: readonly string[];
  readonly why: string;
}

/** Everything beside Deno and npm that rendering, joining and their tests use. */
export const DEBIAN_PACKAGES: readonly DebianPackage[] = [
  { name: "melt", programs: ["melt"], anyOf: [], why: "renders the pictures" },
  {
    name: "ffmpeg",
    programs: ["ffmpeg", "ffprobe"],
    anyOf: [],
    why: "decodes the sound, joins and checks films",
  },
  {
    name: "openssl",
    programs: ["openssl"],
    anyOf: [],
    why: "tests hold our certificates against it",
  },
  {
    name: "frei0r-plugins",
    programs: [],
    anyOf: [
      "/usr/lib/frei0r-1",
      "/usr/lib64/frei0r-1",
      "/usr/local/lib/frei0r-1",
      "/opt/homebrew/lib/frei0r-1",
    ],
    why: "effects that MLT has no own of",
  },
  {
    name: "fonts-dejavu-core",
    programs: [],
    anyOf: [
      "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
      "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
      "/usr/share/fonts/TTF/DejaVuSans.ttf",
      "/opt/homebrew/share/fonts/DejaVuSans.ttf",
    ],
    why: "fonts are part of the picture: the same set on every worker",
  },
];

/** Arguments of `apt-get` that install packages without a question. */
export function installArguments(packages: readonly string[]): string[] {
  return [
    "install",
    "-y",
    "--no-install-recommends",
    "-o",
    "DPkg::Lock::Timeout=300",
    "-o",
    "Acquire::Retries=3",
    ...packages,
  ];
}
