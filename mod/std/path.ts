/** `@std/path`, POSIX and Windows, typed for what this program uses. @module */
import * as stdPath from "deno-std/path/mod.js";

interface StdPath {
  basename(path: string, suffix?: string): string;
  dirname(path: string): string;
  extname(path: string): string;
  fromFileUrl(url: string | URL): string;
  isAbsolute(path: string): boolean;
  join(...paths: string[]): string;
  normalize(path: string): string;
  relative(from: string, to: string): string;
  resolve(...paths: string[]): string;
}

const typed = stdPath as unknown as StdPath;

/** Last segment of a path, without `suffix` if it ends so. */
export const basename: StdPath["basename"] = typed.basename;
/** Everything before the last segment. */
export const dirname: StdPath["dirname"] = typed.dirname;
/** Extension with its dot, or the empty string. */
export const extname: StdPath["extname"] = typed.extname;
/** Path of a `file:` URL. Throws `TypeError` for any other scheme. */
export const fromFileUrl: StdPath["fromFileUrl"] = typed.fromFileUrl;
/** Whether a path starts at a root. */
export const isAbsolute: StdPath["isAbsolute"] = typed.isAbsolute;
/** Joins segments and normalizes the result. */
export const join: StdPath["join"] = typed.join;
/** Resolves `.` and `..` textually. */
export const normalize: StdPath["normalize"] = typed.normalize;
/** Path of `to` as seen from `from`. */
export const relative: StdPath["relative"] = typed.relative;
/** Absolute path from the segments, the last absolute one winning. */
export const resolve: StdPath["resolve"] = typed.resolve;
