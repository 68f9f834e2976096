import { assert, assertEquals, assertRejects } from "@std/assert";
import { DomainError, type FrameRange, type Rational } from "../../core/mod.ts";
import { DEFAULT_PROGRAMS } from "../../process/mod.ts";
import {
  encodePictures,
  hashFrames,
  listPackets,
  processes,
  runFfmpeg,
  writeTone,
} from "../../../tests/support/encode_media.ts";
import { filmContainer, getPreset, type Preset } from "../presets.ts";
import { type FilmJoiner, openFilm } from "./open_film.ts";

const SIZE = { width: 64, height: 48 };
const HARD_NAME = "-a 'b\"; %d Ёж🦔";

/** A film of some frames, cut at some places, in a folder of its own. */
class Given {
  readonly folder: string;
  readonly preset: Preset;
  readonly fps: Rational;
  readonly ranges: readonly FrameRange[];

  constructor(
    folder: string,
    film: { readonly preset: string; readonly fps: Rational; readonly cuts: readonly number[] },
  ) {
    this.folder = folder;
    this.preset = getPreset(film.preset);
    this.fps = film.fps;
    this.ranges = film.cuts.slice(1).map((endFrame, index) => ({
      startFrame: film.cuts[index] ?? 0,
      endFrame,
    }));
  }

  get lengthFrames(): number {
    return this.ranges.at(-1)?.endFrame ?? 0;
  }

  get plan(): Parameters<typeof openFilm>[0]["plan"] {
    const lengthSamples = Math.round(this.lengthFrames * this.fps.den / this.fps.num * 48_000);
    const { fps, lengthFrames } = this;
    return { ...SIZE, fps, lengthFrames, audio: { sampleRate: 48_000, lengthSamples } };
  }

  partPath(range: FrameRange): string {
    const { partExtension } = this.preset;
    return `${this.folder}/${HARD_NAME} ${range.startFrame}-${range.endFrame}${partExtension}`;
  }

  async makeParts(): Promise<void> {
    for (const range of this.ranges) await this.encode(this.partPath(range), range);
    await writeTone(`${this.folder}/${HARD_NAME}.pcm`, this.plan.audio.lengthSamples);
  }

  async encode(path: string, range: FrameRange): Promise<void> {
    await encodePictures(path, { ...SIZE, range, preset: this.preset, fps: this.fps });
  }

  open(extension: string, more: { readonly signal?: AbortSignal } = {}): Promise<FilmJoiner> {
    return openFilm({
      plan: this.plan,
      preset: this.preset,
      container: filmContainer(this.preset, extension),
      audio: { pcmPath: `${this.folder}/${HARD_NAME}.pcm` },
      outPath: this.filmPath(extension),
      workDir: this.folder,
      programs: DEFAULT_PROGRAMS,
      processes,
      ...more,
    });
  }

  filmPath(extension: string): string {
    return `${this.folder}/${HARD_NAME} film${extension}`;
  }

  /** Joins all parts; the path of the film. */
  async join(extension: string): Promise<string> {
    const film = await this.open(extension);
    for (const range of this.ranges) await film.append(this.partPath(range), range);
    const report = await film.finish();
    assertEquals(report.frameCount, this.lengthFrames);
    await film.abort();
    return this.filmPath(extension);
  }

  /** The same frames, encoded in one go. */
  async encodeWhole(extension: string): Promise<string> {
    const path = `${this.folder}/whole${extension}`;
    await this.encode(path, { startFrame: 0, endFrame: this.lengthFrames });
    return path;
  }
}

function given(
  film: { readonly preset: string; readonly fps: Rational; readonly cuts: readonly number[] },
  run: (given: Given) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const folder = await Deno.makeTempDir();
    try {
      const made = new Given(folder, film);
      await made.makeParts();
      await run(made);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
}

const field = (index: number) => (packet: string): string => packet.split(",")[index] ?? "";

const RATES: readonly Rational[] = [
  { num: 24000, den: 1001 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 50, den: 1 },
  { num: 60, den: 1 },
];

for (const fps of RATES) {
  Deno.test(
    `openFilm() stamps every frame as one encoder would, at ${fps.num}/${fps.den}, in mp4 and mov`,
    given({ preset: "h264", fps, cuts: [0, 1, 20, 21, 22, 45] }, async (given) => {
      const whole = await listPackets(await given.encodeWhole(".mp4"), "v");
      const frames: string[] = [];
      for (const range of given.ranges) frames.push(...await hashFrames(given.partPath(range)));
      for (const extension of [".mp4", ".mov"]) {
        const film = await given.join(extension);
        const packets = await listPackets(film, "v");
        assertEquals(packets.map(field(1)), whole.map(field(1)), "decoding times");
        assertEquals(packets.map(field(0)).sort(), whole.map(field(0)).sort(), "showing times");
        assertEquals(new Set(packets.map(field(2))).size, 1, "durations");
        assertEquals(await hashFrames(film), frames);
      }
    }),
  );
}

Deno.test(
  "openFilm() of lossless parts is frame by frame what one encoder makes, sound included",
  given({ preset: "lossless", fps: RATES[2] ?? { num: 25, den: 1 }, cuts: [0, 7, 8, 40] }, async (
    given,
  ) => {
    const film = await given.join(".mkv");
    const whole = await given.encodeWhole(".mkv");
    assertEquals(await hashFrames(film), await hashFrames(whole));
    assertEquals(
      (await listPackets(film, "v")).map(field(0)),
      (await listPackets(whole, "v")).map(field(0)),
    );
    const pcm = await runFfmpeg(["-i", `file:${film}`, "-map", "0:a", "-f", "s16le", "-"]);
    assertEquals(pcm, await Deno.readFile(`${given.folder}/${HARD_NAME}.pcm`));
  }),
);

for (const [preset, extensions] of [["hevc", [".mp4", ".mkv"]], ["prores", [".mov", ".mkv"]]]) {
  Deno.test(
    `openFilm() joins ${preset} parts in ${extensions}`,
    given({ preset: String(preset), fps: { num: 25, den: 1 }, cuts: [0, 9, 10, 30] }, async (
      given,
    ) => {
      const frames: string[] = [];
      for (const range of given.ranges) frames.push(...await hashFrames(given.partPath(range)));
      for (const extension of extensions ?? []) {
        const film = await given.join(extension);
        assertEquals(await hashFrames(film), frames);
        const times = (await listPackets(film, "v")).map((packet) => Number(field(0)(packet)));
        const ticks = extension === ".mkv" ? 40 : 512;
        assertEquals(times.sort((a, b) => a - b), frames.map((_, index) => index * ticks));
      }
    }),
  );
}

Deno.test(
  "openFilm() plays the sound from its first sample, without the encoder's delay",
  given({ preset: "h264", fps: { num: 25, den: 1 }, cuts: [0, 50] }, async (given) => {
    const tone = new Int16Array((await Deno.readFile(`${given.folder}/${HARD_NAME}.pcm`)).buffer);
    // Matroska stamps the encoder's delay as time before 0, in whole milliseconds.
    const matroska = await listPackets(await given.join(".mkv"), "a");
    assertEquals(matroska.slice(0, 3).map(field(0)), ["-21", "0", "22"]);
    for (const extension of [".mp4", ".mov"]) {
      const film = await given.join(extension);
      const bytes = await runFfmpeg(["-i", `file:${film}`, "-map", "0:a", "-f", "s16le", "-"]);
      const heard = new Int16Array(bytes.slice().buffer);
      let difference = 0;
      for (let i = 10_000; i < 60_000; i++) {
        difference = Math.max(difference, Math.abs((heard[i] ?? 0) - (tone[i] ?? 0)));
      }
      assert(difference < 600, `${extension}: off by ${difference}`);
      assert(Math.abs(heard.length - tone.length) <= 2 * 1024, `${extension}: ${heard.length}`);
    }
  }),
);

Deno.test(
  "FilmJoiner.append() refuses what is not the part that it must be, and takes a better one",
  given({ preset: "h264", fps: { num: 25, den: 1 }, cuts: [0, 10, 30] }, async (given) => {
    const film = await given.open(".mp4");
    const [first, second] = given.ranges;
    assert(first !== undefined && second !== undefined);
    await film.append(given.partPath(first), first);
    const good = await Deno.readFile(given.partPath(second));
    const bad = `${given.folder}/bad.mp4`;
    const refuse = async (reason: string): Promise<void> => {
      const error = await assertRejects(() => film.append(bad, second), DomainError, reason);
      assertEquals(error.code, "result_rejected");
    };
    await Deno.writeFile(bad, good.subarray(0, good.length - 200));
    await refuse("cut short");
    await Deno.writeFile(bad, good.subarray(0, 100));
    await refuse("cut short");
    await Deno.writeFile(bad, new Uint8Array(0));
    await refuse("not complete");
    await given.encode(bad, { startFrame: 10, endFrame: 29 });
    await refuse("it has 19 frames, must have 20");
    await encodePictures(bad, { ...SIZE, ...given, range: second, width: 80 });
    await refuse("its size is 80x48, must be 64x48");
    await encodePictures(bad, { ...SIZE, ...given, range: second, fps: { num: 30, den: 1 } });
    await refuse("cannot hold the frame rate");
    await encodePictures(bad, { ...SIZE, ...given, range: second, preset: getPreset("hevc") });
    await refuse("hvc1");
    const source = ["-i", `file:${given.partPath(second)}`];
    await runFfmpeg([...source, "-c:v", "libx264", "-refs", "1", `file:${bad}`]);
    await refuse("encoder settings differ");
    await assertRejects(() => film.append(bad, first), RangeError, "next frame is 10");
    await film.append(given.partPath(second), second);
    assertEquals((await film.finish()).frameCount, 30);
    await film.abort();
    assertEquals((await Deno.stat(given.filmPath(".mp4"))).isFile, true);
    await assertRejects(() => Deno.stat(`${given.folder}/sound.mp4`), Deno.errors.NotFound);
  }),
);

Deno.test(
  "FilmJoiner.finish() refuses an incomplete film, and abort() removes it",
  given({ preset: "lossless", fps: { num: 25, den: 1 }, cuts: [0, 3, 5] }, async (given) => {
    const film = await given.open(".mkv");
    const [first] = given.ranges;
    assert(first !== undefined);
    await film.append(given.partPath(first), first);
    const error = await assertRejects(() => film.finish(), DomainError, "3 frames, must have 5");
    assertEquals(error.code, "merge_failed");
    await film.abort();
    await film.abort();
    await assertRejects(() => Deno.stat(given.filmPath(".mkv")), Deno.errors.NotFound);
  }),
);

Deno.test(
  "FilmJoiner.append() says that the disk is full, that the sound is short, or that it was stopped",
  given({ preset: "h264", fps: { num: 25, den: 1 }, cuts: [0, 5] }, async (given) => {
    const [range] = given.ranges;
    assert(range !== undefined);
    const codeOf = async (signal?: AbortSignal): Promise<string> => {
      const film = await given.open(".mp4", signal === undefined ? {} : { signal });
      const error = await assertRejects(
        () => film.append(given.partPath(range), range),
        DomainError,
      );
      await film.abort();
      return error.code;
    };
    await Deno.symlink("/dev/full", given.filmPath(".mp4"));
    assertEquals(await codeOf(), "disk_full");
    assertEquals(await codeOf(AbortSignal.abort()), "cancelled");
    await Deno.truncate(`${given.folder}/${HARD_NAME}.pcm`, 400);
    assertEquals(await codeOf(), "result_rejected");
  }),
);
