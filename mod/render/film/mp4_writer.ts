import { filmClock } from "../presets.ts";
import {
  ascii,
  concatBytes,
  makeBox,
  makeFullBox,
  readBoxes,
  u16,
  u32,
  u32List,
  u64,
} from "./boxes.ts";
import type { FilmFile } from "./film_file.ts";
import type { FilmLayout, FilmWriter, Stretch } from "./film_writer.ts";
import { NumberList } from "./number_list.ts";
import { fillRuns, makeSampleTable, makeTrack, type TrackTables } from "./track_box.ts";

/** Bytes of the tables beside those of every frame, packet and second. */
const TABLE_BYTES_FIXED = 65_536;
const UINT32_MAX = 0xffff_ffff;

/**
 * Writes mp4 and mov: all media in one box, the tables in front of it, in room that was left there.
 * Should it not suffice, they go to the end, where players find them, too.
 */
export class Mp4Writer implements FilmWriter {
  readonly #film: FilmFile;
  readonly #layout: FilmLayout;
  readonly #isMov: boolean;
  readonly #video: TrackTables;
  readonly #sound: TrackTables;
  readonly #ranks = new NumberList();
  #tablesOffset = 0;
  #mediaOffset = 0;

  /** @param film Empty file. @param options What goes into it; `isMov` for QuickTime's flavour. */
  constructor(film: FilmFile, options: FilmLayout & { readonly isMov: boolean }) {
    this.#film = film;
    this.#layout = options;
    this.#isMov = options.isMov;
    this.#video = { sizes: new NumberList(), syncs: new NumberList(), chunks: [] };
    this.#sound = { sizes: new NumberList(), syncs: new NumberList(), chunks: [] };
  }

  async begin(): Promise<void> {
    const brand = this.#isMov
      ? makeBox("ftyp", ascii("qt  "), u32(0x200), ascii("qt  "))
      : makeBox("ftyp", ascii("isom"), u32(0x200), ascii("isomiso2mp41"));
    await this.#film.write(brand);
    this.#tablesOffset = this.#film.position;
    await this.#film.write(makeBox("free", new Uint8Array(this.#tableBytesMax())));
    this.#mediaOffset = this.#film.position;
    await this.#film.write(concatBytes([u32(1), ascii("mdat"), u64(0)]));
  }

  async add({ video, sound }: Stretch): Promise<void> {
    this.#video.chunks.push({ offset: this.#film.position, count: video.sizes.length });
    for (let i = 0; i < video.sizes.length; i++) {
      this.#video.sizes.push(video.sizes[i] ?? 0);
      this.#ranks.push(video.ranks[i] ?? 0);
      if (video.isSync[i] === 1) this.#video.syncs.push(this.#video.sizes.length);
    }
    await this.#film.write(video.bytes);
    if (sound.count === 0) return;
    this.#sound.chunks.push({ offset: this.#film.position, count: sound.count });
    for (const size of sound.sizes) this.#sound.sizes.push(size);
    await this.#film.write(sound.bytes);
  }

  async finish(delayFrames: number): Promise<void> {
    const end = this.#film.position;
    await this.#film.patch(this.#mediaOffset + 8, u64(end - this.#mediaOffset));
    const moov = this.#makeMoov(delayFrames);
    const roomBytes = this.#mediaOffset - this.#tablesOffset;
    if (moov.length > roomBytes - 8 && moov.length !== roomBytes) {
      await this.#film.write(moov);
      return;
    }
    const rest = moov.length === roomBytes ? [] : [u32(roomBytes - moov.length), ascii("free")];
    await this.#film.patch(this.#tablesOffset, concatBytes([moov, ...rest]));
  }

  /** Sizes and offsets of frames, one chunk a second on both tracks, and some for odd parts. */
  #tableBytesMax(): number {
    const { lengthFrames, isIntraOnly, fps, sound } = this.#layout;
    const frameBytes = isIntraOnly ? 5 : 14;
    const packetBytes = sound.codec === "pcm_s16le" ? 0 : 4;
    const seconds = Math.ceil(lengthFrames * fps.den / fps.num);
    return TABLE_BYTES_FIXED + lengthFrames * frameBytes + sound.packetCount * packetBytes +
      seconds * 60;
  }

  #makeMoov(delayFrames: number): Uint8Array {
    const { fps, lengthFrames, sound } = this.#layout;
    const { timescale, frameTicks } = filmClock(fps);
    const duration = lengthFrames * frameTicks;
    const mvhd = makeFullBox("mvhd", {
      version: duration > UINT32_MAX ? 1 : 0,
      parts: [
        duration > UINT32_MAX
          ? concatBytes([u64(0, 0), u32(timescale), u64(duration)])
          : u32(0, 0, timescale, duration),
        u32(0x10000),
        u16(0x100, 0, 0, 0, 0, 0),
        u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000),
        u32(0, 0, 0, 0, 0, 0, 3),
      ],
    });
    const movie = { timescale, isMov: this.#isMov };
    const soundTicks = Math.round(sound.lengthSamples * timescale / sound.sampleRate);
    return makeBox(
      "moov",
      mvhd,
      makeTrack({
        ...movie,
        id: 1,
        kind: "video",
        width: this.#layout.width,
        height: this.#layout.height,
        shownTicks: duration,
        editStart: delayFrames * frameTicks,
        mediaTimescale: timescale,
        mediaDuration: duration,
        stbl: this.#videoTable(delayFrames, frameTicks),
      }),
      makeTrack({
        ...movie,
        id: 2,
        kind: "sound",
        width: 0,
        height: 0,
        shownTicks: soundTicks,
        editStart: sound.primingSamples,
        mediaTimescale: sound.sampleRate,
        mediaDuration: sound.primingSamples + sound.lengthSamples,
        stbl: this.#soundTable(),
      }),
    );
  }

  #videoTable(delayFrames: number, frameTicks: number): Uint8Array {
    const ranks = this.#ranks.view();
    const isReordered = delayFrames > 0 || ranks.some((rank, index) => rank !== index);
    const allSync = this.#video.syncs.length === ranks.length;
    return makeSampleTable(this.#video, {
      entry: withoutBitRate(this.#layout.videoEntry),
      times: [
        makeFullBox("stts", { parts: [u32(1, ranks.length, frameTicks)] }),
        ...(isReordered
          ? [makeFullBox("ctts", {
            parts: [
              fillRuns(ranks, (rank, index) => (rank - index + delayFrames) * frameTicks),
            ],
          })]
          : []),
        ...(allSync ? [] : [makeFullBox("stss", {
          parts: [u32(this.#video.syncs.length), u32List(this.#video.syncs.view())],
        })]),
      ],
    });
  }

  #soundTable(): Uint8Array {
    const { sound } = this.#layout;
    const { packetCount, packetSamples } = sound;
    const total = sound.primingSamples + sound.lengthSamples;
    const last = Math.max(0, total - (packetCount - 1) * packetSamples);
    const isEven = packetSamples === 1 || last === packetSamples || packetCount === 0;
    return makeSampleTable(this.#sound, {
      entry: sound.entry,
      ...(sound.codec === "pcm_s16le" ? { commonSize: 4 } : {}),
      times: [
        makeFullBox("stts", {
          parts: [
            isEven
              ? u32(1, packetCount, packetSamples)
              : u32(2, packetCount - 1, packetSamples, 1, Math.min(last, packetSamples)),
          ],
        }),
      ],
      groupBoxes: sound.groupBoxes,
    });
  }
}

/** Sample entry without the bit rate of the one part that it comes from. */
export function withoutBitRate(entry: Uint8Array): Uint8Array {
  const fixedBytes = 86;
  const kept = readBoxes(entry.subarray(fixedBytes)).filter((box) => box.type !== "btrt");
  const boxes = kept.map((box) => makeBox(box.type, box.body));
  return makeBox(
    String.fromCharCode(...entry.subarray(4, 8)),
    entry.subarray(8, fixedBytes),
    ...boxes,
  );
}
