import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  DomainError,
  type MediaProbe,
  type MediaVideoStream,
  type RenderPlan,
  stepAt,
} from "../../core/mod.ts";
import type { ProjectHost } from "../host.ts";
import { type ExportRequest, planExport, summarizeProject } from "./plan_export.ts";

const VIDEO: MediaVideoStream = {
  kind: "video",
  index: 0,
  codec: "h264",
  timeBase: { num: 1, den: 15360 },
  startPts: 0,
  durationSeconds: 4,
  width: 320,
  height: 180,
  pixFmt: "yuv420p",
  colorSpace: "unknown",
  colorRange: "unknown",
  avgFrameRate: { num: 30, den: 1 },
  rFrameRate: { num: 30, den: 1 },
  nbFrames: 120,
  fieldOrder: "progressive",
  rotation: 0,
  isAttachedPicture: false,
};

function probeOf(
  video: Partial<MediaVideoStream> = {},
  more: Partial<MediaProbe> = {},
): MediaProbe {
  return {
    format: "mov,mp4,m4a,3gp,3g2,mj2",
    durationSeconds: 4,
    isStill: false,
    streams: [{ ...VIDEO, ...video }],
    ...more,
  };
}

/** A machine that has these files, and remembers what it was asked for. */
class FakeHost implements ProjectHost {
  readonly asked: string[] = [];
  readonly #files: Readonly<Record<string, MediaProbe>>;

  constructor(files: Readonly<Record<string, MediaProbe>>) {
    this.#files = files;
  }

  resolveFile(candidates: readonly string[]): Promise<string | undefined> {
    this.asked.push(...candidates);
    return Promise.resolve(candidates.find((path) => this.#files[path] !== undefined));
  }

  listFiles(directory: string): Promise<readonly string[]> {
    const inside = Object.keys(this.#files).filter((path) => path.startsWith(`${directory}/`));
    return Promise.resolve(inside.map((path) => path.slice(directory.length + 1)));
  }

  probe(path: string): Promise<MediaProbe> {
    this.asked.push(path);
    const probe = this.#files[path];
    if (probe === undefined) return Promise.reject(new DomainError("media_missing", "none"));
    return Promise.resolve(probe);
  }
}

const HOST = new FakeHost({ "/p/m.mp4": probeOf() });

interface TestProject {
  readonly clips?: string;
  readonly media?: string;
  readonly attributes?: string;
  readonly more?: string;
  readonly url?: string;
}

function projectText(project: TestProject): string {
  const { media = `<footage id="1" name="m" url="m.mp4"/>`, more = "", url = "" } = project;
  return `<project><version>190219</version><url>${url}</url>
<media>${media}</media><sequences>
<sequence id="1" name="S" width="320" height="180" framerate="30" open="1" ${
    project.attributes ?? ""
  }>
${project.clips ?? ""}</sequence>${more}</sequences></project>`;
}

function plan(
  project: TestProject,
  request: Partial<ExportRequest> = {},
): Promise<RenderPlan> {
  return planExport({
    path: "/p/p.ove",
    source: projectText(project),
    skipUnsupported: false,
    host: HOST,
    ...request,
  });
}

const CLIP = `in="0" out="30" track="-1" media="1" stream="0"`;

Deno.test("planExport() plans a cut as one layer at its own size", async () => {
  const made = await plan({ clips: `<clip id="0" ${CLIP}/>` });
  assertEquals([made.width, made.height, made.lengthFrames], [320, 180, 30]);
  assertEquals(made.media, [
    { id: "m1", paths: ["/p/m.mp4"], name: "m", isImageSequence: false },
  ]);
  const [layer] = made.video.scenes[0]?.layers ?? [];
  assertEquals(layer?.placement, { frames: [0], values: [[0, 0, 320, 180, 0, 1]] });
  assert(layer?.source.kind === "media" && layer.source.isConstantRate);
  assertEquals(layer.source.frameCount, 120);
});

Deno.test("planExport() draws tracks from -1 upwards, and later clips of a track on top", async () => {
  const clip = (id: number, track: number): string =>
    `<clip id="${id}" name="${id}" in="0" out="30" track="${track}" media="1" stream="0"/>`;
  const made = await plan({ clips: [clip(0, -3), clip(1, -1), clip(2, -2), clip(3, -1)].join("") });
  assertEquals(made.video.scenes[0]?.layers.map(({ name }) => name), ["1", "3", "2", "0"]);
});

Deno.test("planExport() takes the length from all clips, disabled and sound ones too", async () => {
  const made = await plan({
    clips:
      `<clip id="0" ${CLIP}/><clip id="1" in="0" out="77" track="-1" enabled="0" media="9" stream="0"/>`,
  });
  assertEquals([made.lengthFrames, made.video.scenes[0]?.layers.length], [77, 1]);
});

Deno.test("planExport() exports the work area, both ends included, and moves what is in it", async () => {
  const made = await plan({
    attributes: `workarea="1" workareaIn="10" workareaOut="19"`,
    clips: `<clip id="0" in="5" out="30" track="-1" media="1" stream="0"><opening
      name="/Cross Dissolve" length="10"/></clip>`,
  });
  assertEquals(made.lengthFrames, 10);
  const [layer] = made.video.scenes[0]?.layers ?? [];
  assertEquals(layer?.range, { startFrame: 0, endFrame: 10 });
  assert(layer?.source.kind === "media");
  assertEquals(layer.source.time.inFrame, -5);
  assertEquals([0, 4, 5, 9].map((at) => stepAt(layer.placement, at)[5]), [0.5, 0.9, 1, 1]);
});

Deno.test("planExport() takes the sequence of a name, or the last open one", async () => {
  const more = `<sequence id="2" name="T" width="64" height="36" framerate="25">
    <clip id="0" in="0" out="9" track="-1"/></sequence>`;
  assertEquals((await plan({ clips: `<clip id="0" ${CLIP}/>`, more })).title, "S");
  const other = await plan({ more }, { sequenceName: "T" });
  assertEquals([other.title, other.width, other.lengthFrames], ["T", 64, 9]);
  const last = await plan({ more: more.replace(`framerate="25"`, `framerate="25" open="1"`) });
  assertEquals(last.title, "T");
  const error = await assertRejects(() => plan({ more }, { sequenceName: "X" }), DomainError);
  assertStringIncludes(error.hint ?? "", `"S", "T"`);
});

Deno.test("planExport() lists everything that is wrong at once, the gravest code first", async () => {
  const media = `<footage id="1" name="m" url="m.mp4"/>
<footage id="2" name="gone" url="gone.mp4"/>`;
  const clips = `<clip id="0" name="a" ${CLIP}><effect name="Blur/Box Blur"/></clip>
<clip id="1" name="b" in="0" out="9" track="-2" media="2" stream="0"/>
<clip id="2" name="c" ${CLIP}><opening name="/Cube" length="5"/></clip>`;
  const error = await assertRejects(() => plan({ media, clips }), DomainError);
  assertEquals(error.code, "media_missing");
  const problems = error.details["problems"] as { line: number; code: string }[];
  assertEquals(problems.map(({ line, code }) => [line, code]), [
    [3, "media_missing"],
    [5, "project_unsupported"],
    [7, "project_unsupported"],
  ]);
  assertStringIncludes(error.message, `line 3: gone: the file "gone.mp4" is not there`);
  assertStringIncludes(error.message, `line 5: a: the effect "Blur/Box Blur" is not supported`);
});

Deno.test("planExport() makes warnings of what is not supported if asked to", async () => {
  const clips = `<clip id="0" name="a" ${CLIP}><effect name="Blur/Box Blur"/><effect
    name="Blur/Nothing" enabled="0"/></clip>`;
  const made = await plan({ clips }, { skipUnsupported: true });
  assertEquals(made.warnings, [{
    line: 4,
    subject: "a",
    message: 'the effect "Blur/Box Blur" is not supported; the film is made without it',
  }]);
  const error = await assertRejects(() => plan({ clips }), DomainError);
  assertEquals(error.code, "project_unsupported");
});

Deno.test("planExport() refuses sequences that are nested in themselves", async () => {
  const nest = (id: number, inner: number): string =>
    `<sequence id="${id}" name="N${id}" width="2" height="2" framerate="30">
<clip id="0" name="n" in="0" out="9" track="-1" sequence="${inner}"/></sequence>`;
  const clips = `<clip id="0" in="0" out="9" track="-1" sequence="2"/>`;
  const error = await assertRejects(
    () => plan({ clips, more: nest(2, 3) + nest(3, 2) }),
    DomainError,
    "sequences are nested in themselves: N2 > N3 > N2",
  );
  assertEquals(error.code, "project_invalid");
  const fine = await plan({
    clips: clips + clips.replace(`id="0"`, `id="1"`),
    more: nest(2, 3) +
      nest(3, 2).replace(`sequence="2"`, ""),
  });
  assertEquals(fine.video.scenes.length, 3);
});

Deno.test("planExport() stops nesting that multiplies clips beyond measure", async () => {
  const nest = (id: number): string => {
    const clip = (clipId: number): string =>
      `<clip id="${clipId}" in="0" out="9" track="-1" sequence="${id + 1}"/>`;
    const clips = Array.from({ length: 10 }, (_, index) => clip(index)).join("");
    return `<sequence id="${id}" width="2" height="2" framerate="30">${clips}</sequence>`;
  };
  const last = `<sequence id="12" width="2" height="2" framerate="30"/>`;
  const more = Array.from({ length: 10 }, (_, index) => nest(index + 2)).join("") + last;
  const clips = `<clip id="0" in="0" out="9" track="-1" sequence="2"/>`;
  const error = await assertRejects(() => plan({ clips, more }), DomainError);
  assertEquals(error.code, "too_large");
});

Deno.test("planExport() refuses references to what is not there, with their lines", async () => {
  const cases = [
    [`<clip id="0" in="0" out="9" track="-1" media="8" stream="0"/>`, "footage 8"],
    [`<clip id="0" in="0" out="9" track="-1" media="1" stream="3"/>`, "stream 3"],
    [`<clip id="0" in="0" out="9" track="-1" sequence="5"/>`, "sequence 5"],
    [`<clip id="0" in="0" out="9" track="-1"><opening shared="4"/></clip>`, "clip 4"],
  ] as const;
  for (const [clips, named] of cases) {
    const error = await assertRejects(() => plan({ clips }), DomainError, named);
    assertEquals(error.code, "project_invalid");
    assertStringIncludes(error.message, "line 4");
  }
});

Deno.test("planExport() never takes a url for anything but the name of a file", async () => {
  const urls = ["http://x/y.mp4", "concat:a|b", "xml:a.mlt", "file:///etc/passwd", "-i", "a\nb"];
  for (const url of urls) {
    const host = new FakeHost({});
    const media = `<footage id="1" name="m" url="${url}"/>`;
    const error = await assertRejects(
      () => plan({ media, clips: `<clip id="0" ${CLIP}/>`, url: "http://saved/p.ove" }, { host }),
      DomainError,
    );
    assertEquals(error.code, "media_missing");
    assert(host.asked.length > 0 && host.asked.every((path) => path.startsWith("/p/")), url);
  }
});

Deno.test("planExport() refuses files that make a reader open other files", async () => {
  for (const format of ["hls", "concat", "dash"]) {
    const host = new FakeHost({ "/p/m.mp4": probeOf({}, { format }) });
    const error = await assertRejects(
      () => plan({ clips: `<clip id="0" ${CLIP}/>` }, { host }),
      DomainError,
      format,
    );
    assertEquals(error.code, "media_missing");
  }
});

Deno.test("planExport() refuses values that no arithmetic survives", async () => {
  for (const value of ["1e308", "nan", "-inf", "1e400", "x"]) {
    const clips = `<clip id="0" ${CLIP}><effect name="Distort/Transform"><row><field id="scalex"
value="1"><key frame="0" value="${value}"/><key frame="9" value="1"/></field></row></effect></clip>`;
    const error = await assertRejects(() => plan({ clips }), DomainError);
    assertEquals([error.code, error.message.includes("line 5")], ["project_invalid", true]);
  }
});

Deno.test("planExport() stops a plan that would grow beyond measure", async () => {
  const animated =
    `<effect name="Distort/Transform"><row><field id="posx"><key frame="0" value="0"/>
    <key frame="40000000" value="1000000"/></field></row></effect>`;
  const clips =
    `<clip id="0" in="0" out="50000000" track="-1"><effect name="Render/Solid"/>${animated}</clip>`;
  const error = await assertRejects(() => plan({ clips }), DomainError);
  assertEquals(error.code, "too_large");
});

Deno.test("planExport() holds a still for as long as its clip, and ends a film with its media", async () => {
  const host = new FakeHost({
    "/p/m.mp4": probeOf(),
    "/p/s.png": probeOf({ codec: "png", pixFmt: "rgba" }, { isStill: true }),
  });
  const media = `<footage id="1" url="m.mp4"/><footage id="2" url="s.png"/>`;
  const clips = `<clip id="0" in="0" out="500" track="-1" media="1" stream="0"/>
    <clip id="1" in="0" out="500" track="-2" media="2" stream="0"/>`;
  const made = await plan({ media, clips }, { host });
  const ranges = made.video.scenes[0]?.layers.map(({ range }) => range.endFrame);
  assertEquals(ranges, [120, 500]);
});

Deno.test("planExport() finds the pictures of an image sequence in order", async () => {
  const png = probeOf({ codec: "png" }, { isStill: true });
  const host = new FakeHost({
    "/p/i0010.png": png,
    "/p/i0009.png": png,
    "/p/i0011.png": png,
    "/p/i0013.png": png,
    "/p/i12.png": png,
  });
  const media = `<footage id="1" name="i" url="i%04d.png"/>`;
  const made = await plan({ media, clips: `<clip id="0" ${CLIP}/>` }, { host });
  assertEquals(made.media[0]?.paths, ["/p/i0009.png", "/p/i0010.png", "/p/i0011.png"]);
  // Three pictures at 25 per second are three whole frames at 30.
  assertEquals(made.video.scenes[0]?.layers[0]?.range.endFrame, 3);
});

Deno.test("planExport() looks beside the place where the project was saved, then for the bare name", async () => {
  const host = new FakeHost({});
  const media = `<footage id="1" name="m" url="clips\\a.mp4"/>`;
  const clips = `<clip id="0" ${CLIP}/>`;
  await assertRejects(() => plan({ media, clips, url: "/old/p.ove" }, { host }), DomainError);
  assertEquals(host.asked, ["/p/clips\\a.mp4", "/old/clips\\a.mp4", "/p/a.mp4"]);
});

Deno.test("planExport() notices films whose frames cannot be counted", async () => {
  const rates = [
    [{ rFrameRate: { num: 90000, den: 1 }, avgFrameRate: { num: 2997, den: 100 } }, false],
    [{ nbFrames: 100 }, false],
    [{ nbFrames: 121, avgFrameRate: { num: 301, den: 10 } }, true],
  ] as const;
  for (const [video, isConstantRate] of rates) {
    const host = new FakeHost({ "/p/m.mp4": probeOf(video) });
    const made = await plan({ clips: `<clip id="0" ${CLIP}/>` }, { host });
    const source = made.video.scenes[0]?.layers[0]?.source;
    assert(source?.kind === "media");
    assertEquals([source.isConstantRate, source.isRateCertain], [
      isConstantRate,
      video === rates[1][0],
    ]);
  }
});

Deno.test("summarizeProject() tells what a project holds without its media", () => {
  const summary = summarizeProject(projectText({ clips: `<clip id="0" ${CLIP}/>` }));
  assertEquals(summary.footage, [{ name: "m", url: "m.mp4" }]);
  assertEquals(
    summary.sequences.map(({ name, lengthFrames, isDefault }) => [name, lengthFrames, isDefault]),
    [["S", 30, true]],
  );
});
