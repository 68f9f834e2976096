import { assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { hashFile } from "./hash.ts";

Deno.test("hashFile() gives SHA-256 and size", async () => {
  const path = await Deno.makeTempFile();
  try {
    assertEquals(await hashFile(path), {
      sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      sizeBytes: 0,
    });
    // One million times "a": a vector of FIPS 180, and more than one read.
    await Deno.writeFile(path, new Uint8Array(1_000_000).fill(97));
    const { sha256, sizeBytes } = await hashFile(path);
    assertEquals(sha256, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assertEquals(sizeBytes, 1_000_000);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("hashFile() says which file cannot be read, and ends with its signal", async () => {
  await assertRejects(() => hashFile("/no/such/file"), DomainError, "Cannot read /no/such/file");
  const path = await Deno.makeTempFile();
  try {
    await assertRejects(() => hashFile(path, AbortSignal.abort(new TypeError("stop"))), TypeError);
  } finally {
    await Deno.remove(path);
  }
});
