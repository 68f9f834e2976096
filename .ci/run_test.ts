import { assertEquals, assertStringIncludes } from "@std/assert";

const RUN = new URL("run", import.meta.url).pathname;

/** Runs `.ci/run` with an `npx` that prints and exits as told. */
async function runWith(
  output: string,
  exitCode: number,
): Promise<{ code: number; lines: string[]; text: string }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/output`, output);
    await Deno.writeTextFile(
      `${folder}/npx`,
      `#!/bin/sh\necho "called: $* CI=$CI"\ncat '${folder}/output'\nexit ${exitCode}\n`,
      { mode: 0o755 },
    );
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: [RUN],
      env: { PATH: `${folder}:${Deno.env.get("PATH")}` },
    }).output();
    const text = new TextDecoder().decode(stdout);
    return {
      code,
      lines: text.trimEnd().split("\n"),
      text: text + new TextDecoder().decode(stderr),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test(".ci/run sums up the phases when all passed", async () => {
  const { code, lines, text } = await runWith(
    "ok | 12 passed (3 steps) | 0 failed (5s)\nok | 3 passed | 0 failed (1m2s)\n",
    0,
  );
  assertEquals([code, lines.at(-1)], [0, "15 passed, 0 failed"]);
  assertStringIncludes(text, "called: -y deno@2.9.6 task test CI=true");
});

Deno.test(".ci/run tells why tests were skipped", async () => {
  const { code, lines, text } = await runWith(
    "skipped: no fixture here\nok | 2 passed | 0 failed | 1 ignored (5ms)\n",
    0,
  );
  assertEquals([code, lines.at(-1)], [0, "2 passed, 0 failed, 1 skipped"]);
  assertStringIncludes(text, "Skipped, and why:\nskipped: no fixture here");
});

Deno.test(".ci/run fails when a test failed", async () => {
  const { code, lines } = await runWith("FAILED | 2 passed | 1 failed (5ms)\n", 1);
  assertEquals([code, lines.at(-1)], [1, "2 passed, 1 failed"]);
});

Deno.test(".ci/run fails when no test ran", async () => {
  const { code, lines, text } = await runWith("ok | 0 passed | 0 failed (0ms)\n", 0);
  assertEquals([code, lines.at(-1)], [1, "0 passed, 0 failed"]);
  assertStringIncludes(text, "No test ran");
});

Deno.test(".ci/run fails when the set-up fails, without a test", async () => {
  const { code, lines } = await runWith("Cannot install melt: not root\n", 7);
  assertEquals([code, lines.at(-1)], [7, "0 passed, 0 failed"]);
});

Deno.test(".ci/run fails when the run breaks off after passing tests", async () => {
  const { code, text } = await runWith("ok | 2 passed | 0 failed (5ms)\n", 137);
  assertEquals(code, 137);
  assertStringIncludes(text, "broke off with exit code 137");
});
