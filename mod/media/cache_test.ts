import { createHash } from "node:crypto";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Clock, DomainError } from "../core/mod.ts";
import { type FetchRange, openMediaCache, type WantedContent } from "./cache.ts";

const LENGTH = 3_000_000;

/** A source of files whose transfers the test holds, breaks and counts. */
class FakeSource {
  readonly files = new Map<string, Uint8Array>();
  readonly requests: Array<[string, number, number]> = [];
  /** Break every transfer after so many bytes. */
  breakAfterBytes = Infinity;
  /** What each transfer waits for before its second half. */
  gate: Promise<void> = Promise.resolve();

  add(fileId: string, seed: number, sizeBytes = LENGTH): WantedContent {
    const bytes = new Uint8Array(sizeBytes);
    for (let i = 0; i < sizeBytes; i++) bytes[i] = (i * 31 + seed) & 255;
    this.files.set(fileId, bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { fileId, sha256, sizeBytes, name: `${fileId}.MOV` };
  }

  readonly fetchRange: FetchRange = (fileId, startByte, endByte, signal) => {
    this.requests.push([fileId, startByte, endByte]);
    const bytes = this.files.get(fileId) ?? new Uint8Array(0);
    return Promise.resolve(this.#send(bytes.subarray(startByte, endByte), signal));
  };

  async *#send(bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const gate = this.gate;
    let sent = 0;
    for (let offset = 0; offset < bytes.length; offset += 65_536) {
      if (sent >= this.breakAfterBytes) throw new TypeError("connection reset");
      if (offset >= bytes.length / 2) await gate;
      signal.throwIfAborted();
      const piece = bytes.subarray(offset, offset + 65_536);
      sent += piece.length;
      yield piece;
    }
  }
}

class FakeClock implements Clock {
  ms = 1_000_000;
  nowMs(): number {
    return this.ms += 1_000;
  }
  monotonicMs(): number {
    return this.ms;
  }
  sleep(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

interface Given {
  readonly folder: string;
  readonly source: FakeSource;
  readonly clock: FakeClock;
}

function inTempFolder(run: (given: Given) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = await Deno.makeTempDir();
    try {
      await run({ folder, source: new FakeSource(), clock: new FakeClock() });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
}

const options = (given: Given, sizeBytesMax = 100_000_000) => ({
  folder: given.folder,
  sizeBytesMax,
  fetchRange: given.source.fetchRange,
  clock: given.clock,
});

const filesIn = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) => name !== ".lock");

Deno.test(
  "MediaCache.acquire() fetches once and then takes its copy, also after a restart",
  inTempFolder(async (given) => {
    const wanted = given.source.add("m1", 1);
    const progress: number[] = [];
    let cache = await openMediaCache(options(given));
    const file = await cache.acquire(wanted, { onProgress: (bytes) => progress.push(bytes) });
    assertEquals(await Deno.readFile(file.path), given.source.files.get("m1"));
    assert(file.path.endsWith(`${wanted.sha256}.mov`));
    assertEquals(progress.at(-1), LENGTH);
    await cache.close();
    cache = await openMediaCache(options(given));
    assertEquals(cache.sizeBytes, LENGTH);
    await cache.acquire(wanted);
    assertEquals(given.source.requests, [["m1", 0, LENGTH]]);
    await cache.close();
  }),
);

Deno.test(
  "MediaCache.acquire() shares one download among all who ask for the content",
  inTempFolder(async (given) => {
    const wanted = given.source.add("m1", 1);
    const cache = await openMediaCache(options(given));
    const gate = Promise.withResolvers<void>();
    given.source.gate = gate.promise;
    const abort = new AbortController();
    const left = cache.acquire(wanted, { signal: abort.signal });
    const stays = cache.acquire({ ...wanted, fileId: "m1" });
    abort.abort(new TypeError("not any more"));
    await assertRejects(() => left, TypeError, "not any more");
    gate.resolve();
    assertEquals((await Deno.stat((await stays).path)).size, LENGTH);
    assertEquals(given.source.requests.length, 1);
    await cache.close();
  }),
);

Deno.test(
  "MediaCache.acquire() goes on where a broken transfer stopped",
  inTempFolder(async (given) => {
    const wanted = given.source.add("m1", 1);
    given.source.breakAfterBytes = 1_200_000;
    let cache = await openMediaCache(options(given));
    await assertRejects(() => cache.acquire(wanted), TypeError, "connection reset");
    await cache.close();
    given.source.breakAfterBytes = Infinity;
    cache = await openMediaCache(options(given));
    const { path } = await cache.acquire(wanted);
    assertEquals(await Deno.readFile(path), given.source.files.get("m1"));
    const kept = given.source.requests[1]?.[1] ?? 0;
    assert(kept >= 1_200_000 && kept < 1_400_000, `resumed at ${kept}`);
    assertEquals(filesIn(given.folder), [`${wanted.sha256}.mov`]);
    await cache.close();
  }),
);

Deno.test(
  "MediaCache.acquire() starts over when what an earlier try left is spoilt",
  inTempFolder(async (given) => {
    const wanted = given.source.add("m1", 1);
    for (const leftBytes of [500_000, LENGTH, LENGTH + 1]) {
      const partial = `${given.folder}/${wanted.sha256}.mov.partial`;
      await Deno.writeFile(partial, new Uint8Array(leftBytes));
      const cache = await openMediaCache(options(given));
      const { path } = await cache.acquire(wanted);
      assertEquals(await Deno.readFile(path), given.source.files.get("m1"));
      await cache.close();
      await Deno.remove(path);
    }
  }),
);

Deno.test(
  "MediaCache.acquire() refuses other content and keeps nothing of it",
  inTempFolder(async (given) => {
    const wanted = given.source.add("m1", 1);
    given.source.add("m1", 2);
    const cache = await openMediaCache(options(given));
    const error = await assertRejects(() => cache.acquire(wanted), DomainError, "m1.MOV");
    assertEquals(error.code, "media_missing");
    given.source.add("m1", 1, LENGTH - 5);
    await assertRejects(() => cache.acquire(wanted), DomainError, "after 2999995 of 3000000");
    assertEquals(filesIn(given.folder), [`${wanted.sha256}.mov.partial`]);
    await cache.close();
  }),
);

Deno.test(
  "MediaCache.acquire() removes the least recently used file, never one in use",
  inTempFolder(async (given) => {
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name, i) => given.source.add(name, i));
    assert(a && b && c && d);
    let cache = await openMediaCache(options(given, 3 * LENGTH));
    const first = await cache.acquire(a);
    (await cache.acquire(b)).release();
    (await cache.acquire(c)).release();
    await cache.close();
    cache = await openMediaCache(options(given, 3 * LENGTH));
    const inUse = await cache.acquire(a);
    const alsoInUse = await cache.acquire(b);
    await cache.acquire(d);
    assertEquals(await Deno.stat(first.path).then((info) => info.size), LENGTH);
    assertEquals(filesIn(given.folder).includes(`${c.sha256}.mov`), false);
    const error = await assertRejects(() => cache.acquire(c), DomainError, "cannot go");
    assertEquals(error.code, "disk_full");
    inUse.release();
    inUse.release();
    (await cache.acquire(c)).release();
    assertEquals(filesIn(given.folder).sort(), [b, c, d].map((x) => `${x.sha256}.mov`).sort());
    assertEquals(cache.sizeBytes, 3 * LENGTH);
    alsoInUse.release();
    await cache.close();
  }),
);

Deno.test(
  "MediaCache.acquire() fetches again what was removed or cut behind its back",
  inTempFolder(async (given) => {
    const wanted = given.source.add("m1", 1);
    const cache = await openMediaCache(options(given));
    const { path, release } = await cache.acquire(wanted);
    release();
    await Deno.truncate(path, 10);
    await cache.acquire(wanted);
    await Deno.remove(path);
    await cache.acquire(wanted);
    assertEquals((await Deno.stat(path)).size, LENGTH);
    assertEquals(given.source.requests.length, 3);
    await cache.close();
  }),
);

Deno.test(
  "MediaCache.acquire() after the last waiter left does not end with that waiter's signal",
  inTempFolder(async (given) => {
    const wanted = given.source.add("m1", 1);
    const cache = await openMediaCache(options(given));
    const gate = Promise.withResolvers<void>();
    given.source.gate = gate.promise;
    const abort = new AbortController();
    const left = cache.acquire(wanted, { signal: abort.signal });
    left.catch(() => undefined);
    abort.abort();
    await assertRejects(() => left, DOMException);
    const next = cache.acquire(wanted);
    gate.resolve();
    assertEquals((await Deno.stat((await next).path)).size, LENGTH);
    await cache.close();
  }),
);

Deno.test(
  "openMediaCache() refuses a folder that another cache has",
  inTempFolder(async (given) => {
    const cache = await openMediaCache(options(given));
    const error = await assertRejects(() => openMediaCache(options(given)), DomainError);
    assertEquals(error.code, "config_invalid");
    await cache.close();
    await (await openMediaCache(options(given))).close();
  }),
);
