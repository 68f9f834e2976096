import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fallbackSpeed, type RememberedSpeed, smoothSpeed } from "./speed.ts";

const TRUE_FPS = 60;
const PART_SECONDS = 1;
const PARTS = 120;

/** Fixed costs between 300 and 4,000 ms, as on a machine that others keep busy. */
function fixedCostMs(part: number): number {
  const share = (part * 0.618_033_988_749) % 1;
  return 300 * (4_000 / 300) ** share;
}

Deno.test("smoothSpeed() does not take dear starts of short parts for slow frames", () => {
  let speed: RememberedSpeed = { fps: TRUE_FPS, startMs: 300, sampleCount: 1 };
  let framesMin = Infinity;
  for (let part = 0; part < PARTS; part++) {
    const frames = Math.max(1, Math.round(speed.fps * PART_SECONDS));
    framesMin = Math.min(framesMin, frames);
    const renderMs = fixedCostMs(part) + frames * 1_000 / TRUE_FPS;
    speed = smoothSpeed(speed, { frames, renderMs });
  }
  // Each part is sized by what the last one taught: parts that shrink teach ever slower frames.
  assert(framesMin > TRUE_FPS * PART_SECONDS / 3, `parts shrank to ${framesMin} frames`);
  assert(speed.fps > TRUE_FPS / 2 && speed.fps < TRUE_FPS * 2, `${speed.fps} frames per second`);
});

Deno.test("smoothSpeed() learns how long parts take, short and long ones", () => {
  let speed: RememberedSpeed | undefined;
  for (const frames of [150, 2_000, 900, 3_000, 400, 1_500, 300, 700, 2_500, 240]) {
    speed = smoothSpeed(speed, { frames, renderMs: 800 + frames * 1_000 / TRUE_FPS });
  }
  assert(speed !== undefined);
  assertEquals(speed.sampleCount, 10);
  for (const frames of [300, 1_000, 5_000]) {
    const trueMs = 800 + frames * 1_000 / TRUE_FPS;
    assertAlmostEquals(speed.startMs + frames * 1_000 / speed.fps, trueMs, 0.1 * trueMs);
  }
});

Deno.test("smoothSpeed() stays positive whatever a part says, and refuses what is no part", () => {
  for (const renderMs of [1e-3, 1, 1e9]) {
    const speed = smoothSpeed({ fps: 50, startMs: 300, sampleCount: 3 }, { frames: 500, renderMs });
    assert(speed.fps > 0 && Number.isFinite(speed.fps) && speed.startMs >= 0);
  }
  assertThrows(() => smoothSpeed(undefined, { frames: 0, renderMs: 5 }), RangeError);
  assertThrows(() => smoothSpeed(undefined, { frames: 5, renderMs: 0 }), RangeError);
});

Deno.test("fallbackSpeed() takes the best that is known", () => {
  const known = (fps: number): RememberedSpeed => ({ fps, startMs: 100 * fps, sampleCount: 2 });
  const all = {
    kind: "video" as const,
    project: known(1),
    renderer: known(2),
    benchmarkFps: 30,
    projectPerBenchmark: 0.1,
    averageOfOthers: known(4),
  };
  assertEquals(fallbackSpeed(all), { fps: 1, startMs: 100, isMeasured: true });
  const { project: _project, ...guessed } = all;
  assertEquals(fallbackSpeed(guessed), { fps: 3, startMs: 200, isMeasured: false });
  assertEquals(fallbackSpeed({ ...guessed, projectPerBenchmark: 0 }).fps, 2);
  const { renderer: _renderer, ...scored } = { ...guessed, projectPerBenchmark: 0 };
  assertEquals(fallbackSpeed(scored), { fps: 30, startMs: 400, isMeasured: false });
  assertEquals(fallbackSpeed({ ...scored, benchmarkFps: 0 }).fps, 4);
  assertEquals(fallbackSpeed({ kind: "video" }), { fps: 30, startMs: 300, isMeasured: false });
  assertEquals(fallbackSpeed({ kind: "audio", benchmarkFps: 5 }).fps, 1_000);
});
