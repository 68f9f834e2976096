/**
 * Makes one executable of the program, `dist/olive`, with the database's native library inside.
 * `deno task compile`; arguments that follow go to `deno compile` (`--target aarch64-apple-darwin`).
 *
 * @module
 */
const OUTPUT = "dist/olive";

const { code, stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["compile", "-A", "--frozen", "--output", OUTPUT, ...Deno.args, "main.ts"],
  cwd: decodeURIComponent(new URL("..", import.meta.url).pathname),
  stdin: "null",
  stdout: "inherit",
  stderr: "piped",
}).output();
const words = new TextDecoder().decode(stderr);
await Deno.stderr.write(new TextEncoder().encode(words));
if (code !== 0) {
  if (words.includes("denort")) {
    console.error(
      "Cannot compile without Deno's runtime (denort): it is downloaded from dl.deno.land. " +
        "Where that cannot be reached, put it there yourself and name it in DENORT_BIN",
    );
  }
  Deno.exit(code);
}
console.error(`Made ${OUTPUT}; test it with: OLIVE_BIN=$PWD/${OUTPUT} deno task test`);
