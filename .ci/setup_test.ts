import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DEBIAN_PACKAGES } from "./debian_packages.ts";
import { findMissing, installPackages, type Machine, SetupError } from "./install_packages.ts";

interface FakeOptions {
  /** Paths that are there at the start. */
  readonly paths?: readonly string[];
  readonly isRoot?: boolean;
  readonly hasLists?: boolean;
  /** Exit codes of the successive `apt-get install` calls; 0 puts everything in place. */
  readonly installCodes?: readonly number[];
}

const EVERYTHING = DEBIAN_PACKAGES.flatMap((entry) => [
  ...entry.programs.map((program) => `/usr/bin/${program}`),
  ...entry.anyOf.slice(0, 1),
]);

function fakeMachine(options: FakeOptions): Machine & { readonly log: string[] } {
  const paths = new Set(options.paths ?? []);
  const codes = [...options.installCodes ?? [0]];
  const log: string[] = [];
  return {
    log,
    searchPath: ["/opt/nothing", "/usr/bin"],
    isRoot: options.isRoot ?? true,
    exists: (path) => Promise.resolve(paths.has(path)),
    hasPackageLists: () => Promise.resolve(options.hasLists ?? true),
    say: (line) => void log.push(`say ${line}`),
    run: (program, args) => {
      log.push([program, args[0]].join(" "));
      if (args[0] === "update") return Promise.resolve({ code: 0, output: "" });
      const code = codes.shift() ?? 100;
      if (code === 0) { for (const path of EVERYTHING) paths.add(path); }
      return Promise.resolve({ code, output: `apt-get said ${code}\n` });
    },
  };
}

Deno.test("installPackages() does nothing and says nothing when all is there", async () => {
  const machine = fakeMachine({ paths: EVERYTHING });
  await installPackages(machine);
  assertEquals(machine.log, []);
});

Deno.test("findMissing() names a package when one of its programs is missing", async () => {
  const machine = fakeMachine({ paths: EVERYTHING.filter((path) => !path.endsWith("ffprobe")) });
  assertEquals(await findMissing(machine), ["ffmpeg"]);
});

Deno.test("installPackages() updates apt's lists first when there are none", async () => {
  const machine = fakeMachine({ paths: ["/usr/bin/apt-get"], hasLists: false });
  await installPackages(machine);
  assertEquals(machine.log.slice(1), ["apt-get update", "apt-get install"]);
});

Deno.test("installPackages() tries once more with new lists when apt-get fails", async () => {
  const machine = fakeMachine({ paths: ["/usr/bin/apt-get"], installCodes: [100, 0] });
  await installPackages(machine);
  assertEquals(machine.log.slice(1), ["apt-get install", "apt-get update", "apt-get install"]);
});

Deno.test("installPackages() gives up after two failures with apt-get's last words", async () => {
  const machine = fakeMachine({ paths: ["/usr/bin/apt-get"], installCodes: [100, 101] });
  const error = await assertRejects(() => installPackages(machine), SetupError);
  assertStringIncludes(error.message, "apt-get said 101");
});

Deno.test("installPackages() names the command when it is not root", async () => {
  const machine = fakeMachine({ paths: ["/usr/bin/apt-get"], isRoot: false });
  const error = await assertRejects(() => installPackages(machine), SetupError);
  assertEquals(
    error.message,
    "Cannot install melt, ffmpeg, openssl, frei0r-plugins, fonts-dejavu-core: not root. Run this, then try again: " +
      "sudo apt-get install --no-install-recommends melt ffmpeg openssl frei0r-plugins fonts-dejavu-core",
  );
  assertEquals(machine.log, []);
});

Deno.test("installPackages() says so when there is no apt-get", async () => {
  const machine = fakeMachine({});
  const error = await assertRejects(() => installPackages(machine), SetupError);
  assertStringIncludes(error.message, "there is no apt-get here");
  assertEquals(machine.log, []);
});
