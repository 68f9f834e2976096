import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DomainError } from "../core/mod.ts";
import type { JobFile } from "../wire/mod.ts";
import { FakeClock } from "../testing/mod.ts";
import { createFetchRange, fetchPartMedia, type MediaSource } from "./part_media.ts";

function fileOf(fileId: string, options: { mediaId: string; index?: number }): JobFile {
  const sha256 = "0".repeat(64);
  return { fileId, index: 0, sizeBytes: 1, sha256, extension: ".png", ...options };
}

/** A source that counts, and refuses some files. */
class CountingSource implements MediaSource {
  pinned = 0;
  atOnce = 0;
  atOnceMax = 0;
  readonly asked: string[] = [];
  readonly #refused: ReadonlyMap<string, DomainError>;

  constructor(refused: ReadonlyMap<string, DomainError> = new Map()) {
    this.#refused = refused;
  }

  async acquire(
    content: { readonly fileId: string; readonly name: string },
  ): Promise<{ path: string; release(): void }> {
    this.asked.push(content.fileId);
    this.atOnceMax = Math.max(this.atOnceMax, ++this.atOnce);
    await Promise.resolve();
    this.atOnce--;
    const error = this.#refused.get(content.fileId);
    if (error !== undefined) throw error;
    this.pinned++;
    return { path: `/cache/${content.name}`, release: () => void this.pinned-- };
  }
}

function request(
  files: readonly JobFile[],
  media: MediaSource,
): Parameters<typeof fetchPartMedia>[0] {
  const random = (length: number): Uint8Array => new Uint8Array(length);
  const { signal } = new AbortController();
  return { jobId: "j1", files, media, clock: new FakeClock(), random, signal };
}

Deno.test("fetchPartMedia() gives the files of an image sequence in order, a few at once", async () => {
  const source = new CountingSource();
  const frames = Array.from(
    { length: 20 },
    (_, index) => fileOf(`f${index}`, { mediaId: "m1", index }),
  );
  const media = await fetchPartMedia(request(frames.toReversed(), source));
  assertEquals(media.mediaPath("m1"), frames.map((file) => `/cache/${file.fileId}.png`));
  assertEquals([source.pinned, source.atOnceMax, source.asked[0]], [20, 4, "j1/f19"]);
  assertThrows(() => media.mediaPath("m2"), DomainError, "Cannot find media m2");
  media.release();
  assertEquals(source.pinned, 0);
});

Deno.test("fetchPartMedia() lets everything go when one file cannot be had", async () => {
  const gone = new DomainError("media_missing", "Cannot fetch f3: its content has changed");
  const source = new CountingSource(new Map([["j1/f3", gone]]));
  const files = Array.from(
    { length: 9 },
    (_, index) => fileOf(`f${index}`, { mediaId: "m1", index }),
  );
  const error = await assertRejects(() => fetchPartMedia(request(files, source)), DomainError);
  assertEquals([error, source.pinned], [gone, 0]);
  assertEquals(source.asked.filter((id) => id === "j1/f3").length, 1);
});

Deno.test("createFetchRange() asks the master for a file of a job", async () => {
  const asked: unknown[] = [];
  const fetchRange = createFetchRange({
    openFileRange: ({ jobId, fileId, start, end }) => {
      asked.push([jobId, fileId, start, end]);
      return Promise.resolve(new ReadableStream());
    },
  });
  await fetchRange("j1/f2", 5, 9, new AbortController().signal);
  assertEquals(asked, [["j1", "f2", 5, 9]]);
});
