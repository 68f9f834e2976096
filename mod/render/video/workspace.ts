import { DomainError, toFileError } from "../../core/mod.ts";

/** Mode of the work folder: Qt takes it for its runtime folder only if it is nobody else's. */
const DIRECTORY_MODE = 0o700;

/**
 * The folder of one render. Every file in it has a plain name that this program chose, and media are
 * reached through links with such names: whatever a media file is called, no program ever sees it.
 */
export class Workspace {
  /** Absolute path. */
  readonly directory: string;
  readonly #links = new Map<string, string>();
  #fileCount = 0;

  /** @param directory Absolute path of an existing folder that nobody else uses. */
  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the folder private. */
  async prepare(): Promise<void> {
    try {
      await Deno.chmod(this.directory, DIRECTORY_MODE);
    } catch (error) {
      throw toFileError(error, `Cannot use the work folder ${this.directory}`);
    }
  }

  /** A name that is not taken: `scene3.mkv`. */
  newName(stem: string, extension: string): string {
    this.#fileCount += 1;
    return `${stem}${this.#fileCount}${extension}`;
  }

  /** Absolute path of a name in the folder. */
  pathOf(name: string): string {
    return `${this.directory}/${name}`;
  }

  /**
   * A link to a media file, the same for each call.
   *
   * @param target Absolute path of the file.
   * @returns Absolute path of the link. It keeps a plain extension, which some demuxers go by.
   * @throws {DomainError} `media_missing` if there is no such file; `disk_full` or `io_failed`.
   */
  async linkTo(target: string): Promise<string> {
    const known = this.#links.get(target);
    if (known !== undefined) return known;
    await assertIsFile(target);
    const extension = /\.[A-Za-z0-9]{1,8}$/.exec(target)?.[0].toLowerCase() ?? "";
    const link = this.pathOf(this.newName("media", extension));
    this.#links.set(target, link);
    try {
      await Deno.symlink(target, link);
    } catch (error) {
      throw toFileError(error, `Cannot link media into ${this.directory}`);
    }
    return link;
  }

  /** Writes a file of the folder. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.pathOf(name);
    try {
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else await Deno.writeFile(path, content);
    } catch (error) {
      throw toFileError(error, `Cannot write ${path}`);
    }
    return path;
  }

  /** Removes a file of the folder, if it is there. */
  async remove(name: string): Promise<void> {
    try {
      await Deno.remove(this.pathOf(name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw toFileError(error, `Cannot remove ${name}`);
      }
    }
  }
}

/** melt shows black, not an error, for some files that are not there. */
async function assertIsFile(path: string): Promise<void> {
  let cause: unknown;
  try {
    if ((await Deno.stat(path)).isFile) return;
  } catch (error) {
    cause = error;
  }
  throw new DomainError(
    "media_missing",
    `Cannot render: no media file at ${JSON.stringify(path)}`,
    {
      cause,
      details: { path },
    },
  );
}
