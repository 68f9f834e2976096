import { assert } from "@std/assert";
import { type RememberedSpeed, smoothSpeed } from "./speed.ts";

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
