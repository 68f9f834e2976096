import { assert, assertEquals, assertRejects } from "@std/assert";
import type { AudioClip, AudioMediaSource, AudioPlan } from "../../core/mod.ts";
import { DomainError } from "../../core/mod.ts";
import { createSystemRunner, DEFAULT_PROGRAMS } from "../../process/mod.ts";
import { renderAudioPart } from "./render_audio.ts";

const processes = createSystemRunner({ env: (name) => Deno.env.get(name) });
const HARD_NAME = "-a 'b\"; %d Ёж🦔.wav";
const RATE = 48_000;

/** A stereo WAV file whose left channel counts up and whose right one counts down. */
function countingWav(samples: number): Uint8Array {
  const bytes = new Uint8Array(44 + samples * 4);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, value: string): void =>
    bytes.set(new TextEncoder().encode(value), offset);
  text(0, "RIFF");
  view.setUint32(4, 36 + samples * 4, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 4, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples * 4, true);
  for (let i = 0; i < samples; i++) {
    view.setInt16(44 + 4 * i, i % 30_000, true);
    view.setInt16(46 + 4 * i, -(i % 30_000), true);
  }
  return bytes;
}

const media = (changes: Partial<AudioMediaSource> = {}): AudioMediaSource => ({
  kind: "media",
  mediaId: "m1",
  streamIndex: 0,
  speed: 1,
  keepsPitch: false,
  sourceStartSample: 0,
  isReversed: false,
  ...changes,
});

const clip = (changes: Partial<AudioClip> = {}): AudioClip => ({
  name: "c",
  source: media(),
  startSample: 0,
  endSample: 1_000_000,
  effects: [],
  ...changes,
});

async function namesIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
  return names.sort();
}

async function render(
  plan: AudioPlan,
  more: { sourceSamples?: number; onProgress?: (done: number) => void } = {},
): Promise<Int16Array> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/${HARD_NAME}`, countingWav(more.sourceSamples ?? 100_000));
    await renderAudioPart({
      plan,
      mediaPath: () => `${folder}/${HARD_NAME}`,
      workDir: folder,
      outPath: `${folder}/out %d.pcm`,
      programs: DEFAULT_PROGRAMS,
      processes,
      ...(more.onProgress === undefined ? {} : { onProgress: more.onProgress }),
    });
    assertEquals(await namesIn(folder), [HARD_NAME, "out %d.pcm"]);
    return new Int16Array((await Deno.readFile(`${folder}/out %d.pcm`)).buffer);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const left = (pcm: Int16Array, sample: number): number | undefined => pcm[2 * sample];

Deno.test("renderAudioPart() is exact to the sample and as long as the plan, past the media's end too", async () => {
  const clips = [
    clip({ startSample: 100, endSample: 150_000, source: media({ sourceStartSample: 7 }) }),
    clip({ startSample: -50, endSample: 20, source: media({ sourceStartSample: -60 }) }),
  ];
  const progress: number[] = [];
  const pcm = await render({ sampleRate: RATE, lengthSamples: 140_001, clips }, {
    onProgress: (done) => progress.push(done),
  });
  assertEquals(pcm.length, 2 * 140_001);
  assertEquals([9, 10, 11, 19, 20, 99].map((sample) => left(pcm, sample)), [0, 0, 1, 9, 0, 0]);
  for (const sample of [100, 101, 65_535, 65_536, 100_092]) {
    assertEquals(left(pcm, sample), (sample - 93) % 30_000, `sample ${sample}`);
    assertEquals(pcm[2 * sample + 1], -((sample - 93) % 30_000) + 0);
  }
  assertEquals([100_093, 140_000].map((sample) => left(pcm, sample)), [0, 0]);
  assertEquals(progress.at(-1), 140_001);
  assertEquals(progress, progress.toSorted((a, b) => a - b));
});

Deno.test("renderAudioPart() plays backwards from where the plan says", async () => {
  const source = media({ isReversed: true, sourceStartSample: 99_999 });
  const pcm = await render({ sampleRate: RATE, lengthSamples: 100_010, clips: [clip({ source })] });
  assertEquals([0, 1, 70_000].map((sample) => left(pcm, sample)), [9_999, 9_998, 29_999]);
  assertEquals([pcm[1], left(pcm, 99_999), left(pcm, 100_000)], [-9_999, 0, 0]);
});

Deno.test("renderAudioPart() plays faster, with and without keeping the pitch", async () => {
  const plan = (keepsPitch: boolean): AudioPlan => ({
    sampleRate: RATE,
    lengthSamples: 60_000,
    clips: [clip({ source: media({ speed: 2, keepsPitch }) })],
  });
  const fast = await render(plan(false));
  assert(Math.abs((left(fast, 10_000) ?? 0) - 20_000) < 30, `${left(fast, 10_000)}`);
  assertEquals(left(fast, 50_100), 0);
  const kept = await render(plan(true));
  assert(kept.some((value) => value !== 0));
  assertEquals(left(kept, 52_000), 0);
});

Deno.test("renderAudioPart() of a plan without clips is silence, and needs no program", async () => {
  const pcm = await render({ sampleRate: RATE, lengthSamples: 70_000, clips: [] });
  assertEquals([pcm.length, pcm.some((value) => value !== 0)], [140_000, false]);
});

Deno.test("renderAudioPart() says which file has no such sound, and leaves nothing behind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/a.wav`, countingWav(100));
    const options = {
      plan: {
        sampleRate: RATE,
        lengthSamples: 100,
        clips: [clip({ source: media({ streamIndex: 3 }) })],
      },
      mediaPath: () => `${folder}/a.wav`,
      workDir: folder,
      outPath: `${folder}/out.pcm`,
      programs: DEFAULT_PROGRAMS,
      processes,
    };
    const error = await assertRejects(() => renderAudioPart(options), DomainError, "a.wav");
    assertEquals(error.code, "media_missing");
    const stopped = await assertRejects(
      () => renderAudioPart({ ...options, signal: AbortSignal.abort() }),
      DomainError,
    );
    assertEquals(stopped.code, "cancelled");
    const full = await assertRejects(
      () => renderAudioPart({ ...options, workDir: `${folder}/none` }),
      DomainError,
    );
    assertEquals(full.code, "io_failed");
    assertEquals(await namesIn(folder), ["a.wav"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
