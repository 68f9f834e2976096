import type { MediaProbe } from "../core/mod.ts";

/** What reading a project needs to know of the machine that holds its media. */
export interface ProjectHost {
  /**
   * The first of some places that is a readable file.
   *
   * @param candidates Absolute paths, the preferred first.
   * @returns Its absolute canonical path, or `undefined` if none is.
   * @throws {DomainError} `path_refused` if it lies outside of what may be read.
   */
  resolveFile(candidates: readonly string[]): Promise<string | undefined>;
  /**
   * Names of the files in a folder, in any order.
   *
   * @param directory Absolute path.
   * @returns Names without folder; empty if there is no such folder.
   * @throws {DomainError} `path_refused` if it lies outside of what may be read.
   */
  listFiles(directory: string): Promise<readonly string[]>;
  /**
   * What a file is.
   *
   * @param path Absolute path that {@linkcode resolveFile} returned.
   * @throws {DomainError} `media_missing` if it cannot be read as media.
   */
  probe(path: string): Promise<MediaProbe>;
}
