import { assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../../core/mod.ts";
import { parseRange, serveFile } from "./serve_file.ts";

const TEXT = "0123456789";

async function withFile(act: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "olive-serve-" });
  try {
    await Deno.writeTextFile(path, TEXT);
    await act(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("serveFile() answers the whole file and any range of it", () =>
  withFile(async (path) => {
    const file = { path, sizeBytes: 10, sha256: "ab" };
    const whole = await serveFile(file);
    assertEquals([whole.status, await whole.text()], [200, TEXT]);
    const middle = await serveFile(file, "bytes=2-4");
    assertEquals(
      [middle.status, middle.headers.get("content-range"), await middle.text()],
      [206, "bytes 2-4/10", "234"],
    );
    const rest = await serveFile(file, "bytes=8-");
    assertEquals(await rest.text(), "89");
    assertEquals((await serveFile(file, "bytes=10-")).status, 416);
  }));

Deno.test("serveFile() closes the file when its reader leaves early", () =>
  withFile(async (path) => {
    const response = await serveFile({ path, sizeBytes: 10, sha256: "ab" });
    await response.body?.cancel();
  }));

Deno.test("serveFile() refuses a file that has changed or gone", () =>
  withFile(async (path) => {
    const changed = await assertRejects(
      () => serveFile({ path, sizeBytes: 9, sha256: "ab" }),
      DomainError,
    );
    assertEquals(changed.code, "io_failed");
    const gone = await assertRejects(
      () => serveFile({ path: path + "x", sizeBytes: 9, sha256: "ab" }),
      DomainError,
    );
    assertEquals(gone.code, "file_not_found");
  }));

Deno.test("parseRange() understands single ranges and ignores others", () => {
  assertEquals(parseRange(undefined, 10), undefined);
  assertEquals(parseRange("bytes=0-0", 10), { start: 0, end: 1 });
  assertEquals(parseRange("bytes=0-99", 10), { start: 0, end: 10 });
  assertEquals(parseRange("bytes=5-2", 10), "unsatisfiable");
  assertEquals(parseRange("bytes=-5", 10), undefined);
  assertEquals(parseRange("bytes=0-1,3-4", 10), undefined);
});
