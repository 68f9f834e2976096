import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createSystemClock,
  DomainError,
  type RenderPlan,
  steady,
  type VideoLayer,
} from "../../core/mod.ts";
import { createSystemRunner, DEFAULT_PROGRAMS } from "../../process/mod.ts";
import { getPreset } from "../presets.ts";
import { renderVideoPart, type VideoPartRequest } from "./render_video_part.ts";

const PROCESSES = createSystemRunner({ env: (name) => Deno.env.get(name) });

async function run(program: string, args: readonly string[]): Promise<string> {
  const outcome = await PROCESSES.run({ program, args, timeoutMs: 30_000 });
  assertEquals(outcome.code, 0, outcome.stderrTail);
  return new TextDecoder().decode(outcome.stdout);
}

function planOf(layers: readonly VideoLayer[], lengthFrames = 40): RenderPlan {
  const scene = { name: "S", width: 64, height: 36, fps: { num: 30000, den: 1001 }, layers };
  return {
    planVersion: 1,
    title: "S",
    width: 64,
    height: 36,
    fps: scene.fps,
    lengthFrames,
    video: { renderer: "melt", scenes: [scene] },
    audio: { sampleRate: 48000, lengthSamples: 0, clips: [] },
    media: [],
    warnings: [],
  };
}

const COLOR: VideoLayer = {
  name: "red",
  range: { startFrame: 5, endFrame: 30 },
  source: { kind: "color", color: steady("#ff0000ff") },
  filters: [],
  placement: steady([0, 0, 64, 36, 0, 1]),
};

const STILL: VideoLayer = {
  ...COLOR,
  source: { kind: "still", mediaId: "m1", codec: "png", pixFmt: "rgb24" },
};

interface Bench extends AsyncDisposable {
  readonly directory: string;
  request(plan: RenderPlan, more?: Partial<VideoPartRequest>): Promise<VideoPartRequest>;
}

async function openBench(): Promise<Bench> {
  const directory = await Deno.makeTempDir({ prefix: "olive-part-" });
  return {
    directory,
    async request(plan, more = {}): Promise<VideoPartRequest> {
      return {
        plan,
        range: { startFrame: 0, endFrame: plan.lengthFrames },
        preset: getPreset("lossless"),
        mediaPath: () => [],
        workDir: await Deno.makeTempDir({ dir: directory }),
        outPath: `${directory}/out${(more.preset ?? getPreset("lossless")).partExtension}`,
        threads: 1,
        programs: DEFAULT_PROGRAMS,
        processes: PROCESSES,
        deadlineMs: 60_000,
        clock: createSystemClock(),
        ...more,
      };
    },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

Deno.test("renderVideoPart() makes exactly the frames asked for, a key frame first, time from 0", async () => {
  await using bench = await openBench();
  const frames: number[] = [];
  const request = await bench.request(planOf([COLOR]), {
    preset: getPreset("h264"),
    range: { startFrame: 3, endFrame: 33 },
    onProgress: (framesDone) => frames.push(framesDone),
  });
  const result = await renderVideoPart(request);
  assertEquals([result.frameCount, frames.at(-1)], [30, 30]);
  assertEquals(result.sizeBytes, (await Deno.stat(request.outPath)).size);
  const list = await run("ffprobe", [
    ...["-v", "error", "-show_entries", "packet=pts,duration,flags:stream=codec_type,time_base"],
    ...["-of", "json", request.outPath],
  ]);
  const { packets, streams } = JSON.parse(list) as {
    packets: { pts: number; flags: string }[];
    streams: { codec_type: string; time_base: string }[];
  };
  assertEquals(streams, [{ codec_type: "video", time_base: "1/30000" }]);
  assert(packets[0]?.flags.startsWith("K"));
  const times = packets.map(({ pts }) => pts).sort((a, b) => a - b);
  assertEquals(times, Array.from({ length: 30 }, (_, index) => index * 1001));
});

Deno.test("renderVideoPart() is black where there is no layer", async () => {
  await using bench = await openBench();
  const request = await bench.request(planOf([COLOR]));
  await renderVideoPart(request);
  const raw = await PROCESSES.run({
    program: "ffmpeg",
    args: [
      ...["-v", "error", "-i", request.outPath, "-vf", "crop=1:1:20:20"],
      ...["-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
    ],
    timeoutMs: 30_000,
  });
  const reds = [...raw.stdout].filter((_, index) => index % 3 === 0);
  assertEquals(reds, Array.from({ length: 40 }, (_, at) => at >= 5 && at < 30 ? 255 : 0));
});

Deno.test("renderVideoPart() reads media of any name", async () => {
  await using bench = await openBench();
  const names = [`-i 'q"; rm -rf %03d $(x).png`, "Фильм 🎬 <&>?*|:.png", "concat:a|b"];
  for (const name of names) {
    const path = `${bench.directory}/${name}`;
    await run("ffmpeg", [
      ...["-v", "error", "-f", "lavfi", "-i", "color=white:s=64x36", "-frames:v", "1"],
      ...["-pix_fmt", "rgb24", "-f", "image2", "-update", "1", `${bench.directory}/white.png`],
    ]);
    await Deno.rename(`${bench.directory}/white.png`, path);
    const range = { startFrame: 10, endFrame: 11 };
    const request = await bench.request(planOf([STILL]), { range, mediaPath: () => [path] });
    await renderVideoPart(request);
    const gray = await PROCESSES.run({
      program: "ffmpeg",
      args: [
        ...["-v", "error", "-i", request.outPath, "-vf", "scale=1:1"],
        ...["-f", "rawvideo", "-pix_fmt", "gray", "-"],
      ],
      timeoutMs: 30_000,
    });
    assertEquals([...gray.stdout], [255], name);
  }
});

Deno.test("renderVideoPart() fails where a media file is gone, and leaves no part", async () => {
  await using bench = await openBench();
  for (const mediaPath of [(): string[] => ["/nowhere/x.png"], (): string[] => []]) {
    const request = await bench.request(planOf([STILL]), { mediaPath });
    const error = await assertRejects(() => renderVideoPart(request), DomainError);
    assertEquals(error.code, "media_missing");
    await assertRejects(() => Deno.stat(request.outPath), Deno.errors.NotFound);
  }
});

Deno.test("renderVideoPart() ends with the caller's signal and at its deadline", async () => {
  await using bench = await openBench();
  const abort = new AbortController();
  const long = planOf([{ ...COLOR, range: { startFrame: 0, endFrame: 9_000 } }], 9_000);
  const stopped = await bench.request(long, {
    signal: abort.signal,
    onProgress: () => abort.abort(),
  });
  const error = await assertRejects(() => renderVideoPart(stopped), DomainError);
  assertEquals(error.code, "cancelled");
  const late = await bench.request(long, { deadlineMs: 300 });
  const hung = await assertRejects(() => renderVideoPart(late), DomainError);
  assertEquals(hung.code, "render_hung");
});

Deno.test("renderVideoPart() refuses a range outside of the film", async () => {
  await using bench = await openBench();
  for (const [startFrame, endFrame] of [[5, 5], [-1, 3], [30, 41]] as const) {
    const request = await bench.request(planOf([COLOR]), { range: { startFrame, endFrame } });
    await assertRejects(() => renderVideoPart(request), RangeError);
  }
});
