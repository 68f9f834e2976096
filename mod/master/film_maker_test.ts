import { assertEquals } from "@std/assert";
import { createSystemClock, DomainError } from "../core/mod.ts";
import { createSilentLogger } from "../log/mod.ts";
import { createFilmMaker, type FilmJob, type FilmMaker, type JoinablePart } from "./film_maker.ts";

/** A job whose parts the test completes one by one. */
class JobDouble {
  readonly calls: string[] = [];
  readonly maker: FilmMaker;
  readonly ended: Promise<void>;
  parts: JoinablePart[] = [];
  state = "running";
  isPublished = false;
  appendError: DomainError | undefined;
  completeError: DomainError | undefined;
  #wake: () => void = () => undefined;
  #end: () => void = () => undefined;

  constructor(lengthFrames: number) {
    const job = (): FilmJob => ({
      id: "j1",
      lengthFrames,
      isJoinable: this.state === "running",
    });
    this.ended = new Promise((resolve) => this.#end = resolve);
    this.maker = createFilmMaker({
      findJob: () => Promise.resolve(job()),
      listCompletedParts: () => Promise.resolve([...this.parts]),
      nextChange: (_jobId, signal) =>
        new Promise((resolve) => {
          this.#wake = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
        }),
      openFilm: (_jobId, soundPath) => {
        this.calls.push(`open ${soundPath}`);
        return Promise.resolve({
          append: (path) => {
            this.calls.push(`append ${path}`);
            return this.appendError ? Promise.reject(this.appendError) : Promise.resolve();
          },
          finish: () => Promise.resolve(void this.calls.push("finish")),
          abort: () => Promise.resolve(void this.calls.push("abort")),
        });
      },
      isPublished: () => Promise.resolve(this.isPublished),
      publish: () => Promise.resolve(void this.calls.push("publish")),
      complete: () => {
        this.calls.push("complete");
        const error = this.completeError;
        this.completeError = undefined;
        if (error !== undefined) {
          this.isPublished = true;
          return Promise.reject(error);
        }
        this.#end();
        return Promise.resolve();
      },
      rejectPart: (partId, error) => {
        this.calls.push(`reject ${partId} ${error.code}`);
        this.appendError = undefined;
        this.parts = this.parts.filter((part) => part.partId !== partId);
        return Promise.resolve();
      },
      fail: (_jobId, error) => {
        this.calls.push(`fail ${error.code}`);
        this.#end();
        return Promise.resolve();
      },
      // The pause between two tries is not this test's matter.
      clock: { ...createSystemClock(), sleep: () => Promise.resolve(true) },
      logger: createSilentLogger(),
    });
  }

  complete(path: string, span?: [number, number]): void {
    const [startFrame, endFrame] = span ?? [0, 0];
    const kind = span === undefined ? "audio" : "video";
    this.parts.push({ partId: path, kind, path, range: { startFrame, endFrame } });
    this.parts.sort((a, b) =>
      a.kind.localeCompare(b.kind) || a.range.startFrame - b.range.startFrame
    );
    this.#wake();
  }

  wake(): void {
    this.#wake();
  }
}

Deno.test("FilmMaker joins parts in timeline order, whatever order they come in", async () => {
  const job = new JobDouble(30);
  job.maker.watch("j1");
  job.complete("b", [10, 20]);
  job.complete("a", [0, 10]);
  job.complete("sound");
  job.complete("c", [20, 30]);
  await job.ended;
  assertEquals(job.calls, [
    "open sound",
    "append a",
    "append b",
    "append c",
    "finish",
    "publish",
    "complete",
  ]);
  await job.maker.stop();
});

Deno.test("FilmMaker starts joining before the last part is there", async () => {
  const job = new JobDouble(30);
  job.maker.watch("j1");
  job.maker.watch("j1");
  job.complete("sound");
  job.complete("a", [0, 10]);
  while (!job.calls.includes("append a")) await Promise.resolve();
  assertEquals(job.calls, ["open sound", "append a"]);
  await job.maker.stop();
  assertEquals(job.calls.at(-1), "abort", "an unfinished film is not left behind");
});

Deno.test("FilmMaker ends the join of a cancelled job", async () => {
  const job = new JobDouble(30);
  job.maker.watch("j1");
  job.complete("sound");
  job.complete("a", [0, 10]);
  while (!job.calls.includes("append a")) await Promise.resolve();
  job.state = "cancelled";
  job.wake();
  while (!job.calls.includes("abort")) await Promise.resolve();
  await job.maker.stop();
  assertEquals(job.calls, ["open sound", "append a", "abort"]);
});

Deno.test("FilmMaker fails the job with the reason when a part does not join", async () => {
  const job = new JobDouble(10);
  job.appendError = new DomainError("merge_failed", "Cannot write film");
  job.maker.watch("j1");
  job.complete("sound");
  job.complete("a", [0, 10]);
  await job.ended;
  await job.maker.stop();
  assertEquals(job.calls, ["open sound", "append a", "fail merge_failed", "abort"]);
});

Deno.test("FilmMaker has a part rendered again whose file does not join", async () => {
  const job = new JobDouble(10);
  job.appendError = new DomainError("result_rejected", "Cannot accept part");
  job.maker.watch("j1");
  job.complete("sound");
  job.complete("bad", [0, 10]);
  while (!job.calls.includes("reject bad result_rejected")) await Promise.resolve();
  job.complete("good", [0, 10]);
  await job.ended;
  await job.maker.stop();
  assertEquals(job.calls.slice(-4), ["append good", "finish", "publish", "complete"]);
});

Deno.test("FilmMaker records a film that a killed master had published", async () => {
  const job = new JobDouble(10);
  job.isPublished = true;
  job.maker.watch("j1");
  await job.ended;
  await job.maker.stop();
  assertEquals(job.calls, ["complete"]);
});

Deno.test("FilmMaker does not give up a job over a full disk that passes", async () => {
  const job = new JobDouble(2);
  job.completeError = new DomainError("disk_full", "Cannot write database: the disk is full");
  job.maker.watch("j1");
  job.complete("sound");
  job.complete("a", [0, 2]);
  await job.ended;
  await job.maker.stop();
  // The film had its name when the record of it failed: it is not made again.
  assertEquals(job.calls, ["open sound", "append a", "finish", "publish", "complete", "complete"]);
});
