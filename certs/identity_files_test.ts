import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { DomainError } from "../mod/core/mod.ts";
import { createTestFarm } from "../tests/support/pki.ts";
import {
  createIdentityFiles,
  type IdentityFiles,
  loadIdentityFiles,
  replaceIdentityFiles,
} from "./identity_files.ts";

async function withDir(use: (dir: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "olive-files-" });
  try {
    await use(join(parent, "it's", "worker"));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

async function makeFiles(): Promise<IdentityFiles & { readonly fingerprint: string }> {
  const { key, cert, ca, record } = await (await createTestFarm()).issue({ role: "worker" });
  return { key, cert, ca, fingerprint: record.fingerprint };
}

async function namesIn(dir: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(dir)) names.push(name);
  return names.sort();
}

Deno.test("loadIdentityFiles() reads back what createIdentityFiles() wrote", async () => {
  await withDir(async (dir) => {
    const files = { ...await makeFiles(), masterUrl: "https://studio.lan:7420" };
    await createIdentityFiles(dir, files);
    const loaded = await loadIdentityFiles(dir);
    assertEquals([loaded.key, loaded.cert, loaded.ca], [files.key, files.cert, files.ca]);
    assertEquals(loaded.masterUrl, files.masterUrl);
    assertEquals(loaded.identity.fingerprint, files.fingerprint);
    assertEquals(await namesIn(dir), ["ca.pem", "cert.pem", "farm.json", "key.pem"]);
    assertEquals(await namesIn(join(dir, "..")), ["worker"]);
  });
});

Deno.test("createIdentityFiles() never writes over a folder that is there", async () => {
  await withDir(async (dir) => {
    const files = await makeFiles();
    await createIdentityFiles(dir, files);
    const again = createIdentityFiles(dir, await makeFiles());
    const error = await assertRejects(() => again, DomainError);
    assertEquals(error.code, "config_invalid");
    assertEquals((await loadIdentityFiles(dir)).identity.fingerprint, files.fingerprint);
    assertEquals(await namesIn(join(dir, "..")), ["worker"]);
  });
});

Deno.test("loadIdentityFiles() refuses a key that others may read, with the command to run", async () => {
  await withDir(async (dir) => {
    await createIdentityFiles(dir, await makeFiles());
    const key = join(dir, "key.pem");
    for (const mode of [0o640, 0o604, 0o620, 0o644]) {
      await Deno.chmod(key, mode);
      const error = await assertRejects(() => loadIdentityFiles(dir), DomainError);
      assertEquals(error.code, "config_invalid");
      // The folder has a quote in its name: the command must still be safe to paste.
      assertStringIncludes(error.hint ?? "", `chmod 600 '${key.replace("'", `'\\''`)}'`);
    }
    await Deno.chmod(key, 0o600);
    await loadIdentityFiles(dir);
  });
});

Deno.test("loadIdentityFiles() says what to do when there is nothing, or a file is missing", async () => {
  await withDir(async (dir) => {
    const none = await assertRejects(() => loadIdentityFiles(dir), DomainError);
    assertEquals(none.code, "not_initialized");
    await createIdentityFiles(dir, await makeFiles());
    await Deno.remove(join(dir, "ca.pem"));
    const missing = await assertRejects(() => loadIdentityFiles(dir), DomainError);
    assertEquals([missing.code, missing.message], [
      "config_invalid",
      `Cannot use ${dir}: no ca.pem`,
    ]);
  });
});

Deno.test("loadIdentityFiles() refuses a key and a certificate that do not belong together", async () => {
  await withDir(async (dir) => {
    const files = await makeFiles();
    await createIdentityFiles(dir, { ...files, key: (await makeFiles()).key });
    const error = await assertRejects(() => loadIdentityFiles(dir), DomainError);
    assertEquals(error.code, "config_invalid");
    assertStringIncludes(error.message, "do not belong together");
  });
});

Deno.test("loadIdentityFiles() refuses a farm.json without an https address", async () => {
  await withDir(async (dir) => {
    await createIdentityFiles(dir, await makeFiles());
    for (const text of ["", "[]", '{"masterUrl": 1}', '{"masterUrl": "http://a"}']) {
      await Deno.writeTextFile(join(dir, "farm.json"), text);
      const error = await assertRejects(() => loadIdentityFiles(dir), DomainError, undefined, text);
      assertEquals(error.code, "config_invalid");
    }
  });
});

Deno.test("replaceIdentityFiles() puts the new pair in place and leaves nothing beside", async () => {
  await withDir(async (dir) => {
    await createIdentityFiles(dir, await makeFiles());
    const next = await makeFiles();
    await replaceIdentityFiles(dir, next);
    assertEquals((await loadIdentityFiles(dir)).identity.fingerprint, next.fingerprint);
    assertEquals(await namesIn(dir), ["ca.pem", "cert.pem", "key.pem"]);
    assertEquals(((await Deno.stat(join(dir, "key.pem"))).mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("loadIdentityFiles() finds a whole pair after a crash at any step of a renewal", async () => {
  const [old, next] = await Promise.all([makeFiles(), makeFiles()]);
  // Steps of replaceIdentityFiles, as they are found on disk after a kill.
  const steps: [Record<string, string>, string][] = [
    [{ "key.pem": old.key, "cert.pem": old.cert, "key.pem.next": next.key }, old.fingerprint],
    [{
      "key.pem": old.key,
      "cert.pem": old.cert,
      "key.pem.next": next.key,
      "cert.pem.next": next.cert,
    }, old.fingerprint],
    [{ "key.pem": next.key, "cert.pem": old.cert, "cert.pem.next": next.cert }, next.fingerprint],
    [{ "key.pem": next.key, "cert.pem": next.cert }, next.fingerprint],
  ];
  for (const [files, fingerprint] of steps) {
    await withDir(async (dir) => {
      await Deno.mkdir(dir, { recursive: true });
      for (const [name, text] of Object.entries({ ...files, "ca.pem": old.ca })) {
        await Deno.writeTextFile(join(dir, name), text, { mode: 0o600 });
      }
      assertEquals((await loadIdentityFiles(dir)).identity.fingerprint, fingerprint);
      // And the next renewal is not in the way of what was left.
      await replaceIdentityFiles(dir, old);
      assertEquals((await loadIdentityFiles(dir)).identity.fingerprint, old.fingerprint);
    });
  }
});
