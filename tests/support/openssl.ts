import { join } from "@std/path";
import { createSystemRunner } from "../../mod/process/mod.ts";

const RUNNER = createSystemRunner({ env: (name) => Deno.env.get(name) });
const OPENSSL_MS_MAX = 10_000;

/** Whether OpenSSL's own program is there to check ours against. */
export const HAS_OPENSSL: boolean = await RUNNER
  .run({ program: "openssl", args: ["version"], timeoutMs: OPENSSL_MS_MAX })
  .then(({ code }) => code === 0, () => false);

/** What OpenSSL prints, standard output and error together. */
export async function openssl(
  args: readonly string[],
  options: { readonly stdin?: string } = {},
): Promise<string> {
  const outcome = await RUNNER.run({
    program: "openssl",
    args,
    stdin: [new TextEncoder().encode(options.stdin ?? "")],
    timeoutMs: OPENSSL_MS_MAX,
  });
  return `${new TextDecoder().decode(outcome.stdout)}\n${outcome.stderrTail}\nexit ${outcome.code}`;
}

/** An identity as three files, until it is disposed of. */
export interface WrittenIdentity extends AsyncDisposable {
  readonly dir: string;
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Writes an identity to a folder of its own. */
export async function writeIdentity(
  identity: { readonly key: string; readonly cert: string; readonly ca: string },
): Promise<WrittenIdentity> {
  const dir = await Deno.makeTempDir({ prefix: "olive-identity-" });
  const paths = { key: join(dir, "key.pem"), cert: join(dir, "cert.pem"), ca: join(dir, "ca.pem") };
  await Deno.writeTextFile(paths.key, identity.key, { mode: 0o600 });
  await Deno.writeTextFile(paths.cert, identity.cert);
  await Deno.writeTextFile(paths.ca, identity.ca);
  return {
    dir,
    ...paths,
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}
