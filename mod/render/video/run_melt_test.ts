import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createSystemClock, DomainError } from "../../core/mod.ts";
import { FakeClock, until } from "../../testing/mod.ts";
import {
  DEFAULT_PROGRAMS,
  type ProcessOutcome,
  type ProcessRunner,
  type ProcessSpec,
} from "../../process/mod.ts";
import { detectMelt, MELT_SERVICES_NEEDED } from "./detect_melt.ts";
import { escapeXml } from "./melt_document.ts";
import { type RenderDeps, runMelt } from "./run_melt.ts";

/** A melt that says some lines and ends. */
function fakeMelt(
  lines: readonly string[],
  outcome: Partial<ProcessOutcome> = {},
): { readonly deps: RenderDeps; readonly specs: ProcessSpec[] } {
  const specs: ProcessSpec[] = [];
  const processes: ProcessRunner = {
    run(spec): Promise<ProcessOutcome> {
      specs.push(spec);
      for (const line of lines) spec.onStderrLine?.(line);
      const stderrTail = lines.join("\n");
      return Promise.resolve({
        ...{ code: 0, endedBy: "exit", stdout: new Uint8Array(), stderrTail },
        ...outcome,
      });
    },
  };
  const deps = {
    processes,
    programs: DEFAULT_PROGRAMS,
    clock: createSystemClock(),
    remainingMs: () => 1000,
    onSign: () => undefined,
  };
  return { deps, specs };
}

function run(deps: RenderDeps, frames: number[] = []): Promise<void> {
  return runMelt({
    directory: "/w",
    documentName: "d.mlt",
    outputName: "o.mp4",
    properties: { vcodec: "ffv1", an: "1" },
    threads: 3,
    onFrame: (frame) => frames.push(frame),
  }, deps);
}

Deno.test("runMelt() asks for every frame, without a display, in the work folder", async () => {
  const { deps, specs } = fakeMelt([]);
  await run(deps);
  assertEquals(specs[0]?.args, [
    ...["d.mlt", "-progress2", "-consumer", "avformat:o.mp4"],
    ...["vcodec=ffv1", "an=1", "threads=3", "real_time=-1"],
  ]);
  assertEquals([specs[0]?.cwd, specs[0]?.timeoutMs], ["/w", 1000]);
  assertEquals(specs[0]?.env?.["DISPLAY"], ":none");
  assertEquals(specs[0]?.env?.["QT_QPA_PLATFORM"], "offscreen");
});

Deno.test("runMelt() reports frames, but not the same one again and again", async () => {
  const frames: number[] = [];
  const line = (frame: number): string => `Current Frame:      ${frame}, percentage:     3`;
  await run(fakeMelt([line(0), line(7), line(7), line(9)]).deps, frames);
  assertEquals(frames, [0, 7, 9]);
});

Deno.test("runMelt() fails on what melt renders on without, though it exits with 0", async () => {
  const fatal = [
    'failed to load transition "qtblend"',
    'failed to load producer "/w/media1.mp4"',
    "The MLT Qt module requires a X11 environment.",
    "[producer_xml] Invalid",
    "Could not open video codec",
  ];
  for (const line of fatal.filter((text) => !text.startsWith("["))) {
    const { deps } = fakeMelt(["No LADSPA plugins were found!", line]);
    const error = await assertRejects(() => run(deps), DomainError, line);
    assertEquals(error.code, "render_failed");
    assertStringIncludes(String(error.details["stderr"]), line);
  }
});

Deno.test("runMelt() takes no offence at FFmpeg's remarks on the inside of a stream", async () => {
  await run(
    fakeMelt([
      "[h264 @ 0x7f00aa] Invalid NAL unit size (4 > 3).",
      "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5581] Could not find codec parameters",
      "error with audio encode: -541478725 (frame 30)",
    ]).deps,
  );
});

Deno.test("runMelt() tells how a render ended otherwise", async () => {
  const cases = [
    [{ code: 139 }, "render_failed"],
    [{ code: 137, endedBy: "timeout" }, "render_hung"],
    [{ code: 137, endedBy: "signal" }, "cancelled"],
    [{ stderrTail: "av_write_frame: No space left on device" }, "disk_full"],
  ] as const;
  for (const [outcome, code] of cases) {
    const error = await assertRejects(() => run(fakeMelt([], outcome).deps), DomainError);
    assertEquals(error.code, code);
  }
});

Deno.test("detectMelt() tells version and services, or nothing without melt", async () => {
  const say = (text: string): RenderDeps["processes"] => ({
    run: (spec) =>
      Promise.resolve({
        code: 0,
        endedBy: "exit",
        stdout: new TextEncoder().encode(spec.args[0] === "--version" ? "" : text),
        stderrTail: spec.args[0] === "--version" ? "melt 7.12.0\nCopyright" : "",
      }),
  });
  const listed = [...MELT_SERVICES_NEEDED, "xyz"].map((name) => `  - ${name}`).join("\n");
  const found = await detectMelt({ processes: say(listed), programs: DEFAULT_PROGRAMS });
  assertEquals(found, { version: "7.12.0", services: [...MELT_SERVICES_NEEDED] });
  const processes: ProcessRunner = {
    run: () => Promise.reject(new DomainError("program_missing", "Cannot find melt")),
  };
  assertEquals(await detectMelt({ processes, programs: DEFAULT_PROGRAMS }), undefined);
});

Deno.test("escapeXml() leaves nothing that a document could be broken with", () => {
  assertEquals(escapeXml(`a<b>&"c'\u0000\u001f\n`), "a&lt;b&gt;&amp;&quot;c&apos;\n");
});

/** A melt whose encoder has ended, or not, by its number of threads, until it is killed. */
function stuckMelt(threads: readonly number[], directory: string): {
  readonly deps: RenderDeps;
  readonly clock: FakeClock;
  readonly starts: () => number;
} {
  const clock = new FakeClock();
  let starts = 0;
  const processes: ProcessRunner = {
    async run(spec): Promise<ProcessOutcome> {
      const count = threads[starts++] ?? 0;
      const { promise, resolve } = Promise.withResolvers<ProcessOutcome["endedBy"]>();
      spec.signal?.addEventListener("abort", () => resolve("signal"));
      if (count === 0) resolve("exit");
      else await Deno.writeTextFile(`${directory}/o.mp4`, "");
      spec.onStarted?.({ countThreads: () => Promise.resolve(count) });
      const endedBy = await promise;
      return { code: 0, endedBy, stdout: new Uint8Array(), stderrTail: "" };
    },
  };
  const { deps } = fakeMelt([]);
  return { deps: { ...deps, processes, clock }, clock, starts: () => starts };
}

async function runIn(directory: string, deps: RenderDeps): Promise<void> {
  const command = { documentName: "d.mlt", outputName: "o.mp4", properties: {}, threads: 1 };
  return await runMelt({ ...command, directory, onFrame: () => undefined }, deps);
}

Deno.test("runMelt() starts a melt again whose encoder ended before melt noticed that it ran", async () => {
  const directory = await Deno.makeTempDir();
  const { deps, clock, starts } = stuckMelt([1, 1], directory);
  let isDone = false;
  const running = runIn(directory, deps).then(() => isDone = true);
  await until(() => isDone, { what: "the third start to succeed", clock, stepMs: 500 });
  await running;
  assertEquals(starts(), 3);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("runMelt() leaves a melt alone that still has its encoder, and gives up in the end", async () => {
  const directory = await Deno.makeTempDir();
  const busy = stuckMelt([2], directory);
  const stop = new AbortController();
  const rendering = runIn(directory, { ...busy.deps, signal: stop.signal });
  await until(() => busy.clock.monotonicMs() >= 10_000, {
    ...{ what: "time to pass", clock: busy.clock, stepMs: 500 },
  });
  assertEquals(busy.starts(), 1);
  stop.abort();
  assertEquals((await assertRejects(() => rendering, DomainError)).code, "cancelled");

  const lost = stuckMelt([1, 1, 1, 1, 1, 1, 1], directory);
  let error: unknown;
  runIn(directory, lost.deps).catch((thrown) => error = thrown);
  await until(() => error !== undefined, { what: "the end", clock: lost.clock, stepMs: 500 });
  assertEquals(error instanceof DomainError && error.code, "render_hung");
  assertEquals(lost.starts(), 5);
  await Deno.remove(directory, { recursive: true });
});
