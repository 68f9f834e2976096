import { resolve } from "@std/path";

/**
 * Names a local file so that FFmpeg takes it as nothing else: `concat:x`, `-x.mp4` or `http:` are
 * file names like any other after `file:` and an absolute path.
 *
 * @param path Absolute, or relative to the current directory.
 * @returns The name for `-i` or for an output.
 */
export function ffmpegFile(path: string): string {
  return `file:${resolve(path)}`;
}

/**
 * An input and the options that belong before it. A file can make a demuxer open other addresses
 * (playlists, references), so nothing but files may be opened at all.
 *
 * @param path Absolute, or relative to the current directory.
 * @param options Further options of this input.
 */
export function ffmpegInput(path: string, options: readonly string[] = []): string[] {
  return ["-protocol_whitelist", "file", ...options, "-i", ffmpegFile(path)];
}
