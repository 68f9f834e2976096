/**
 * Run as a program of its own: asks `OLIVE_TEST_URL` as the identity in `OLIVE_TEST_DIR` and prints
 * the answer's status, or the error's code. `OLIVE_TEST_FARM_ONLY` drops the public authorities first.
 *
 * @module
 */
import { isDomainError } from "../../mod/core/mod.ts";
import { createMtlsFetch, trustFarmOnly } from "../../mod/tls/mod.ts";

async function ask(): Promise<string> {
  const dir = Deno.env.get("OLIVE_TEST_DIR") ?? "";
  if (Deno.env.has("OLIVE_TEST_FARM_ONLY")) {
    trustFarmOnly((name, value) => Deno.env.set(name, value));
  }
  const [key, cert, ca] = await Promise.all(
    ["key.pem", "cert.pem", "ca.pem"].map((name) => Deno.readTextFile(`${dir}/${name}`)),
  );
  const client = createMtlsFetch({ key: key ?? "", cert: cert ?? "", ca: ca ?? "" });
  try {
    const response = await client.fetch(Deno.env.get("OLIVE_TEST_URL") ?? "");
    await response.body?.cancel();
    return String(response.status);
  } catch (error) {
    return isDomainError(error) ? error.code : String(error);
  } finally {
    client.close();
  }
}

await Deno.stdout.write(new TextEncoder().encode(await ask()));
