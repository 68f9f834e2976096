import { assertEquals, assertRejects } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import { createJobFolders } from "./job_folders.ts";
import { createUploads, type Uploads } from "./uploads.ts";

const ATTEMPT = { id: "a1", jobId: "j1" };
const HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function withUploads(
  act: (uploads: Uploads, partPath: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "olive-uploads-" });
  try {
    const folders = createJobFolders(root);
    await folders.create(ATTEMPT.jobId);
    await act(createUploads(folders), folders.part(ATTEMPT.jobId, ATTEMPT.id));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("Uploads takes pieces in order and seals the whole", () =>
  withUploads(async (uploads, partPath) => {
    assertEquals(await uploads.status(ATTEMPT), { receivedBytes: 0 });
    await uploads.accept(ATTEMPT, { offset: 0, bytes: bytes("hel") });
    assertEquals(await uploads.accept(ATTEMPT, { offset: 3, bytes: bytes("lo") }), {
      receivedBytes: 5,
    });
    const announced = { sizeBytes: 5, sha256: HELLO_SHA256 };
    assertEquals(await uploads.seal(ATTEMPT, announced), partPath);
    assertEquals(await Deno.readTextFile(partPath), "hello");
    assertEquals(await uploads.seal(ATTEMPT, announced), partPath, "a repeated report");
  }));

Deno.test("Uploads acknowledges a repeated piece and refuses a gap", () =>
  withUploads(async (uploads) => {
    await uploads.accept(ATTEMPT, { offset: 0, bytes: bytes("abc") });
    assertEquals(await uploads.accept(ATTEMPT, { offset: 0, bytes: bytes("abc") }), {
      receivedBytes: 3,
    });
    const error = await assertRejects(
      () => uploads.accept(ATTEMPT, { offset: 4, bytes: bytes("x") }),
      DomainError,
    );
    assertEquals([error.code, error.details["receivedBytes"]], ["upload_conflict", 3]);
  }));

Deno.test("Uploads keeps its order when pieces arrive at the same time", () =>
  withUploads(async (uploads, partPath) => {
    const pieces = ["h", "e", "l", "l", "o"].map((text, offset) => ({
      offset,
      bytes: bytes(text),
    }));
    await Promise.all(pieces.map((piece) => uploads.accept(ATTEMPT, piece)));
    await uploads.seal(ATTEMPT, { sizeBytes: 5, sha256: HELLO_SHA256 });
    assertEquals(await Deno.readTextFile(partPath), "hello");
  }));

Deno.test("Uploads refuses a result whose content is not as announced", () =>
  withUploads(async (uploads) => {
    await uploads.accept(ATTEMPT, { offset: 0, bytes: bytes("hellO") });
    const error = await assertRejects(
      () => uploads.seal(ATTEMPT, { sizeBytes: 5, sha256: HELLO_SHA256 }),
      DomainError,
    );
    assertEquals(error.code, "result_rejected");
  }));
