/**
 * Other programs as bounded, killable calls. The only folder that may touch `Deno.Command`
 * (the root helper has its own, NFS being its privilege). Arguments are arrays; nothing is ever
 * read by a shell.
 *
 * @module
 */
export * from "./ffmpeg_files.ts";
export * from "./runner.ts";
export * from "./system_runner.ts";
export * from "./programs.ts";
