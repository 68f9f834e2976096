import { join } from "@std/path";
import { type FakeMelt, installFakeMelt } from "../bench/install_fake_melt.ts";
import type { FakeMeltSettings } from "../bench/renderer/settings.ts";

/** What a worker asks its renderer before it renders anything. */
const QUESTIONS = ["--version", "-query", "-query links"] as const;

/** Writes down what the real renderer answers, once, because asking it takes a second of each start. */
export async function recordMeltAnswers(folder: string): Promise<void> {
  for (const [index, question] of QUESTIONS.entries()) {
    const { stdout, stderr } = await new Deno.Command("melt", {
      args: question.split(" "),
      env: { DISPLAY: ":none", QT_QPA_PLATFORM: "offscreen" },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    await Deno.writeTextFile(join(folder, `melt-${index}.txt`), text);
  }
}

/**
 * Puts a fake `melt` into a folder that answers questions from the record.
 *
 * @param dir Existing folder, absolute; one for each renderer.
 * @param options How it renders; where {@linkcode recordMeltAnswers} wrote.
 */
export async function installQuickMelt(
  dir: string,
  options: { readonly settings: Partial<FakeMeltSettings>; readonly answers: string },
): Promise<FakeMelt> {
  const melt = await installFakeMelt(dir, options.settings);
  const path = join(dir, "quick_melt");
  const cases = QUESTIONS.map((question, index) =>
    `  '${question}') exec cat ${quote(join(options.answers, `melt-${index}.txt`))} ;;\n`
  );
  const text = `#!/bin/sh\ncase "$*" in\n${cases.join("")}esac\nexec ${quote(melt.path)} "$@"\n`;
  await Deno.writeTextFile(path, text, { mode: 0o755 });
  return { path, change: (settings) => melt.change(settings) };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
