import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type AudioClip, type AudioPlan, DomainError, type MediaProbe } from "../../core/mod.ts";
import { translateAudio } from "./audio_translation.ts";
import { parseProject } from "./parse_project.ts";
import { ProblemList } from "./problems.ts";
import { MediaTable } from "./resolve_media.ts";
import { chooseSequence, exportRange } from "./sequence_choice.ts";

const PROBE: MediaProbe = {
  format: "mov",
  durationSeconds: 4,
  isStill: false,
  streams: [{
    kind: "audio",
    index: 1,
    codec: "aac",
    timeBase: { num: 1, den: 48000 },
    startPts: 0,
    sampleRate: 48000,
    channels: 2,
    channelLayout: "stereo",
  }],
};

const CLIP = `enabled="1" track="0" speed="1" type="0" media="1" stream="1"`;

function sequence(id: number, clips: string, more = ""): string {
  return `<sequence id="${id}" name="S${id}" width="64" height="48" framerate="25" afreq="48000" ` +
    `alayout="3" ${more}>${clips}</sequence>`;
}

interface Translated {
  readonly plan: AudioPlan;
  readonly problems: readonly string[];
}

function translate(sequences: string): Translated {
  const footage = `<footage id="1" name="a" url="a.mov" speed="1"/>`;
  const project = parseProject(
    `<project><version>190219</version><media>${footage}</media>` +
      `<sequences>${sequences}</sequences></project>`,
  );
  const chosen = chooseSequence(project);
  const list = new ProblemList({ skipUnsupported: true });
  const plan = translateAudio({
    sequences: [chosen, ...project.sequences.filter((other) => other !== chosen)],
    range: exportRange(chosen),
    footage: new Map(project.footage.map((each) => [each.id, {
      footage: each,
      paths: ["/a.mov"],
      probe: PROBE,
      isImageSequence: false,
    }])),
    media: new MediaTable(),
    problems: list,
  });
  list.throwIfAny();
  return { plan, problems: list.listWarnings().map(({ message }) => message) };
}

function onlyClip(sequences: string): AudioClip {
  const { clips } = translate(sequences).plan;
  const [clip] = clips;
  assert(clip !== undefined && clips.length === 1, `${clips.length} clips`);
  return clip;
}

const open = (clips: string, more = ""): string => sequence(1, clips, `open="1" ${more}`);

Deno.test("translateAudio() places a clip to the sample, with its offset before the speed", () => {
  const clip = onlyClip(open(`<clip id="1" in="10" out="60" clipin="5" ${CLIP}/>`));
  assertEquals([clip.startSample, clip.endSample], [19_200, 115_200]);
  assertEquals(clip.source, {
    kind: "media",
    mediaId: "m1",
    streamIndex: 1,
    speed: 1,
    keepsPitch: false,
    isReversed: false,
    sourceStartSample: 9_600,
  });
  const fast = CLIP.replace('speed="1"', 'speed="2" maintainpitch="1"');
  const { source } = onlyClip(open(`<clip id="1" in="0" out="60" clipin="5" ${fast}/>`));
  assert(source.kind === "media");
  assertEquals([source.speed, source.keepsPitch, source.sourceStartSample], [2, true, 9_600]);
  const reversed = onlyClip(
    open(`<clip id="1" in="0" out="60" clipin="10" reverse="1" ${CLIP}/>`),
  ).source;
  assert(reversed.kind === "media");
  assertEquals([reversed.isReversed, reversed.sourceStartSample], [true, 90 * 1920 - 1]);
});

Deno.test("translateAudio() leaves out pictures, disabled clips and silent generators", () => {
  const { plan } = translate(open(
    `<clip id="1" in="0" out="50" enabled="1" track="-1" media="1" stream="1"/>` +
      `<clip id="2" in="0" out="50" enabled="0" track="0" media="1" stream="1"/>` +
      `<clip id="3" in="0" out="50" enabled="1" track="0">` +
      `<effect name="/Volume" enabled="1"/></clip>`,
  ));
  assertEquals(plan, { sampleRate: 48_000, lengthSamples: 96_000, clips: [] });
});

Deno.test("translateAudio() starts at the work area", () => {
  const { plan } = translate(open(
    `<clip id="1" in="0" out="90" clipin="0" ${CLIP}/>`,
    `workarea="1" workareaIn="10" workareaOut="19"`,
  ));
  assertEquals(plan.lengthSamples, 10 * 1920);
  const [clip] = plan.clips;
  assert(clip?.source.kind === "media");
  assertEquals([clip.startSample, clip.endSample, clip.source.sourceStartSample], [
    0,
    19_200,
    19_200,
  ]);
});

const key = (frame: number, value: number, more: string): string =>
  `<key frame="${frame}" value="${value}" ${more}/>`;

function gainOf(keys: string): readonly { atSample: number; value: number }[] {
  const effect = `<effect name="/Volume" enabled="1"><row>` +
    `<field id="volume" value="9">${keys}</field></row></effect>`;
  const clip = onlyClip(open(`<clip id="1" in="10" out="90" clipin="5" ${CLIP}>${effect}</clip>`));
  const [found] = clip.effects;
  assert(found?.kind === "volume");
  return found.gain;
}

Deno.test("translateAudio() keeps straight and held key frames exact", () => {
  assertEquals(gainOf(key(5, 0, 'type="0"') + key(30, 1, 'type="0"')), [
    { atSample: 19_200, value: 0 },
    { atSample: 19_200 + 48_000, value: 1 },
  ]);
  assertEquals(gainOf(key(5, 0.25, 'type="2"') + key(30, 1, 'type="2"')), [
    { atSample: 19_200, value: 0.25 },
    { atSample: 67_200, value: 0.25 },
    { atSample: 67_200, value: 1 },
  ]);
  assertEquals(gainOf(""), [{ atSample: 0, value: 9 }]);
});

Deno.test("translateAudio() cuts a Bezier curve finely enough", () => {
  const handles = 'type="1" prehx="-12.5" prehy="0" posthx="12.5" posthy="0"';
  const gain = gainOf(key(5, 0, handles) + key(55, 1, handles));
  assert(gain.length > 50 && gain.length < 5_000, `${gain.length} points`);
  const middle = gain.find((point) => point.value >= 0.5);
  assertAlmostEquals(middle?.atSample ?? 0, 19_200 + 25 * 1920, 200);
  assertEquals([gain[0]?.value, gain.at(-1)?.value], [0, 1]);
  assert(gain.every((point, i) => i === 0 || point.value >= (gain[i - 1]?.value ?? 0)));
});

Deno.test("translateAudio() fades, over twice the length where a fade is shared, disabled ones too", () => {
  const { plan } = translate(open(
    `<clip id="1" in="0" out="25" clipin="0" ${CLIP}>` +
      `<opening name="/Exponential Fade" length="5" enabled="0"/>` +
      `<closing name="/Linear Fade" length="10" enabled="1"/></clip>` +
      `<clip id="2" in="25" out="50" clipin="30" ${CLIP}><opening shared="1"/></clip>`,
  ));
  const [first, second] = plan.clips;
  assertEquals(first?.effects, [
    { kind: "fade", direction: "in", shape: "exponential", startSample: 0, lengthSamples: 9_600 },
    {
      kind: "fade",
      direction: "out",
      shape: "linear",
      startSample: 15 * 1920,
      lengthSamples: 20 * 1920,
    },
  ]);
  assertEquals([second?.startSample, first?.endSample], [15 * 1920, 35 * 1920]);
  assert(second?.source.kind === "media");
  assertEquals(second.source.sourceStartSample, 20 * 1920);
});

Deno.test("translateAudio() lays nested clips into the film, with the nest's effects after their own", () => {
  const volume = (gain: number): string =>
    `<effect name="/Volume" enabled="1"><row><field id="volume" value="${gain}"/></row></effect>`;
  const inner = sequence(2, `<clip id="1" in="20" out="80" clipin="3" ${CLIP}>${volume(3)}</clip>`);
  const nest = `<clip id="1" in="50" out="70" clipin="30" enabled="1" track="0" type="1" ` +
    `sequence="2">${volume(2)}</clip>`;
  const clip = onlyClip(open(nest) + inner);
  assertEquals([clip.startSample, clip.endSample], [50 * 1920, 70 * 1920]);
  assert(clip.source.kind === "media");
  assertEquals(clip.source.sourceStartSample, 13 * 1920);
  assertEquals(
    clip.effects.map((effect) => effect.kind === "volume" ? effect.gain[0]?.value : undefined),
    [3, 2],
  );
});

Deno.test("translateAudio() reports what it leaves out, and leaves alone what the editor ignores", () => {
  const { plan, problems } = translate(open(
    `<clip id="1" in="0" out="50" clipin="0" ${CLIP}>` +
      `<opening name="/Star Wipe" length="5" enabled="1"/>` +
      `<effect name="/VST Plugin 2.x" enabled="1"/><effect name="/VST Plugin 2.x" enabled="0"/>` +
      `<effect name="/toString" enabled="1"/><effect name="Distort/Transform" enabled="1"/></clip>`,
  ));
  assertEquals(plan.clips[0]?.effects, []);
  assertEquals(problems, [
    "there is no transition of that name; the film is made without it",
    "VST plug-ins cannot be run; the film is made without it",
  ]);
});

Deno.test("translateAudio() refuses a clip of a stream that has no sound", () => {
  const pictures = CLIP.replace('stream="1"', 'stream="0"');
  const error = assertThrows(
    () => translate(open(`<clip id="1" in="0" out="5" clipin="0" name="X" ${pictures}/>`)),
    DomainError,
    "no sound in stream 0",
  );
  assertEquals(error.code, "project_invalid");
});

Deno.test("translateAudio() refuses nesting that multiplies without end", () => {
  const twice = (id: number): string =>
    [0, 1].map((clip) =>
      `<clip id="${clip}" in="0" out="50" clipin="0" enabled="1" track="${clip}" type="1" ` +
      `sequence="${id}"/>`
    ).join("");
  const deep = Array.from({ length: 40 }, (_, i) => sequence(i + 2, twice(i + 3))).join("");
  const last = sequence(42, `<clip id="1" in="0" out="50" clipin="0" ${CLIP}/>`);
  const error = assertThrows(() => translate(open(twice(2)) + deep + last), DomainError);
  assertEquals(error.code, "too_large");
});
