import { assert, assertEquals } from "@std/assert";
import type { AudioPlan } from "../../mod/core/mod.ts";
import { probeMedia } from "../../mod/media/mod.ts";
import { DEFAULT_PROGRAMS } from "../../mod/process/mod.ts";
import {
  chooseSequence,
  MediaTable,
  parseProject,
  ProblemList,
  sequenceLengthFrames,
  translateAudio,
} from "../../mod/project/mod.ts";
import { renderAudioPart } from "../../mod/render/mod.ts";
import { processes, runFfmpeg } from "../support/encode_media.ts";

const FIXTURES = new URL("../fixtures/olive01/", import.meta.url).pathname;
/** Samples at both ends that are not compared: the encoder's own start and end. */
const MARGIN_SAMPLES = 4096;

/** What the project's sound is compared with. */
const CASES: ReadonlyArray<{
  readonly name: string;
  readonly what: string;
  /** Least ratio of the sound to its difference from the editor's, dB. */
  readonly ratioMin: number;
}> = [
  { name: "a0", what: "a clip", ratioMin: 60 },
  { name: "a2", what: "Pan", ratioMin: 60 },
  // The editor leaves the block at the end of a fade unfaded; the encoder magnifies that.
  { name: "a4", what: "fades in and out", ratioMin: 30 },
  { name: "a6", what: "two clips at once", ratioMin: 60 },
  // The editor leaves out the last 16 samples of the file, which the resampler still holds.
  { name: "a8", what: "double speed", ratioMin: 30 },
  { name: "a10", what: "Tone", ratioMin: 60 },
  { name: "a14", what: "a clip with an offset", ratioMin: 60 },
  { name: "a16", what: "a shared fade", ratioMin: 30 },
];

/** Left and right in turn, through the encoder that the editor uses. */
async function encodeAsEditor(folder: string, pcmPath: string): Promise<Int16Array> {
  const raw = ["-f", "s16le", "-ar", "48000", "-ac", "2", "-i", pcmPath];
  await runFfmpeg([...raw, "-c:a", "aac", "-b:a", "256k", `${folder}/ours.m4a`]);
  return await decode(`${folder}/ours.m4a`);
}

async function decode(path: string): Promise<Int16Array> {
  const bytes = await runFfmpeg(["-i", path, "-map", "0:a", "-f", "s16le", "-"]);
  return new Int16Array(bytes.slice().buffer);
}

async function planOf(name: string): Promise<AudioPlan> {
  const project = parseProject(await Deno.readTextFile(`${FIXTURES}${name}.ove`));
  const sequence = chooseSequence(project);
  const probe = await probeMedia(`${FIXTURES}a.mov`, { processes, programs: DEFAULT_PROGRAMS });
  const problems = new ProblemList({ skipUnsupported: false });
  const plan = translateAudio({
    sequences: [sequence],
    range: { startFrame: 0, endFrame: sequenceLengthFrames(sequence) },
    footage: new Map(project.footage.map((footage) => [footage.id, {
      footage,
      paths: [`${FIXTURES}a.mov`],
      probe,
      isImageSequence: false,
    }])),
    media: new MediaTable(),
    problems,
  });
  problems.throwIfAny();
  return plan;
}

/** Ratio of a sound to its difference from another, dB. */
function ratio(ours: Int16Array, theirs: Int16Array): number {
  let power = 0;
  let difference = 0;
  const end = Math.min(ours.length, theirs.length) - 2 * MARGIN_SAMPLES;
  for (let i = 2 * MARGIN_SAMPLES; i < end; i++) {
    power += (ours[i] ?? 0) ** 2;
    difference += ((ours[i] ?? 0) - (theirs[i] ?? 0)) ** 2;
  }
  assert(power > 0, "The film is silent");
  return difference === 0 ? Infinity : 10 * Math.log10(power / difference);
}

for (const { name, what, ratioMin } of CASES) {
  Deno.test(`sound of ${name} (${what}) is the editor's, sample by sample`, async () => {
    const plan = await planOf(name);
    const folder = await Deno.makeTempDir();
    try {
      const outPath = `${folder}/sound.pcm`;
      await renderAudioPart({
        plan,
        mediaPath: () => `${FIXTURES}a.mov`,
        workDir: folder,
        outPath,
        programs: DEFAULT_PROGRAMS,
        processes,
      });
      assertEquals((await Deno.stat(outPath)).size, plan.lengthSamples * 4);
      const theirs = await decode(`${FIXTURES}frames/${name}.mp4`);
      const found = ratio(await encodeAsEditor(folder, outPath), theirs);
      assert(found >= ratioMin, `the difference is only ${found.toFixed(1)} dB below the sound`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
