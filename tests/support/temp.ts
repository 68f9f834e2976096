import { join } from "@std/path";

/** A folder of its own for one test, removed at its end. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
  /** Path of something in it. */
  at(...names: string[]): string;
}

/**
 * Makes a folder. With `KEEP_TEMP=1` it stays, and its path is printed.
 *
 * @param what Start of its name, to find it by.
 */
export async function makeTemp(what: string): Promise<TempFolder> {
  const path = await Deno.makeTempDir({ prefix: `olive-${what}-` });
  return {
    path,
    at: (...names) => join(path, ...names),
    async [Symbol.asyncDispose](): Promise<void> {
      if (Deno.env.get("KEEP_TEMP") === "1") console.error(`kept: ${path}`);
      else await Deno.remove(path, { recursive: true });
    },
  };
}
