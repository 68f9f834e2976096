import { readProgram } from "./run_program.ts";

/** Where this Deno keeps what it has downloaded: a program that is run with another HOME needs it told. */
export const DENO_DIR: string = await findDenoDir();

async function findDenoDir(): Promise<string> {
  const { denoDir } = JSON.parse(await readProgram(Deno.execPath(), ["info", "--json"])) as {
    denoDir: string;
  };
  return denoDir;
}
