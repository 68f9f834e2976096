import { rationalToNumber } from "../../core/mod.ts";
import { ascii, concatBytes, findBox, readBoxes, typeAt, viewOf } from "./boxes.ts";
import { element, floatElement, masterHead, numberElement, textElement } from "./ebml.ts";
import type { FilmFile } from "./film_file.ts";
import type { FilmLayout, FilmWriter, SoundStretch, Stretch } from "./film_writer.ts";

/** Room for the places of the other elements, bytes. */
const SEEK_HEAD_BYTES = 192;
/** Samples in one block of PCM: about as long as a packet of AAC at the usual rates. */
const PCM_BLOCK_SAMPLES = 2048;
/** Bytes of a video sample entry before its boxes. */
const VIDEO_ENTRY_BYTES = 86;

/**
 * Writes Matroska: one cluster for every stretch. Its clock ticks in milliseconds, so each time
 * stamp is that of its frame, rounded; no error adds up.
 *
 * @see Source: RFC 9559; FFmpeg's `matroskaenc.c` for what players expect of ProRes.
 */
export class MatroskaWriter implements FilmWriter {
  readonly #film: FilmFile;
  readonly #layout: FilmLayout;
  readonly #codec: VideoCodec;
  /** Time and place of clusters at which playing can start. */
  readonly #cues: Array<{ readonly timeMs: number; readonly offset: number }> = [];
  #segmentOffset = 0;
  #infoOffset = 0;
  #tracksOffset = 0;

  /** @param film Empty file. @param layout What goes into it. */
  constructor(film: FilmFile, layout: FilmLayout) {
    this.#film = film;
    this.#layout = layout;
    this.#codec = videoCodec(layout.videoEntry);
  }

  async begin(): Promise<void> {
    await this.#film.write(element(
      0x1a45dfa3,
      numberElement(0x4286, 1),
      numberElement(0x42f7, 1),
      numberElement(0x42f2, 4),
      numberElement(0x42f3, 8),
      textElement(0x4282, "matroska"),
      numberElement(0x4287, 4),
      numberElement(0x4285, 2),
    ));
    // The size of the segment is known in the end.
    await this.#film.write(masterHead(0x18538067, 0));
    this.#segmentOffset = this.#film.position;
    await this.#film.write(voidElement(SEEK_HEAD_BYTES));
    this.#infoOffset = this.#film.position;
    const { lengthFrames, fps } = this.#layout;
    await this.#film.write(element(
      0x1549a966,
      numberElement(0x2ad7b1, 1_000_000),
      floatElement(0x4489, lengthFrames * 1000 * fps.den / fps.num),
      textElement(0x4d80, "olive"),
      textElement(0x5741, "olive"),
    ));
    this.#tracksOffset = this.#film.position;
    await this.#film.write(element(0x1654ae6b, this.#videoTrack(), this.#soundTrack()));
  }

  async add({ video, sound }: Stretch): Promise<void> {
    const blocks: Block[] = [...this.#videoBlocks(video), ...this.#soundBlocks(sound)];
    // Decoding order within a track, all tracks by time: what players need first comes first.
    const order = blocks.map((block, index) => ({ block, index }))
      .sort((a, b) => a.block.dueMs - b.block.dueMs || a.index - b.index);
    const timeMs = Math.max(0, Math.min(...blocks.map((block) => block.timeMs)));
    const offset = this.#film.position;
    const parts = order.flatMap(({ block }) => blockParts(block, timeMs));
    const time = numberElement(0xe7, timeMs);
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, time.length);
    await this.#film.write(concatBytes([masterHead(0x1f43b675, sizeBytes), time, ...parts]));
    const firstKey = blocks.find((block) => block.track === 1 && block.isKey);
    if (firstKey !== undefined) {
      this.#cues.push({ timeMs: firstKey.timeMs, offset: offset - this.#segmentOffset });
    }
  }

  async finish(): Promise<void> {
    const cuesOffset = this.#film.position;
    await this.#film.write(element(
      0x1c53bb6b,
      ...this.#cues.map(({ timeMs, offset }) =>
        element(
          0xbb,
          numberElement(0xb3, timeMs),
          element(0xb7, numberElement(0xf7, 1), numberElement(0xf1, offset)),
        )
      ),
    ));
    const segmentBytes = this.#film.position - this.#segmentOffset;
    await this.#film.patch(this.#segmentOffset - 12, masterHead(0x18538067, segmentBytes));
    const places: ReadonlyArray<readonly [number, number]> = [
      [0x1549a966, this.#infoOffset],
      [0x1654ae6b, this.#tracksOffset],
      [0x1c53bb6b, cuesOffset],
    ];
    const seekHead = element(
      0x114d9b74,
      ...places.map(([id, offset]) =>
        element(
          0x4dbb,
          element(0x53ab, viewBytes(id)),
          numberElement(0x53ac, offset - this.#segmentOffset),
        )
      ),
    );
    const rest = voidElement(SEEK_HEAD_BYTES - seekHead.length);
    await this.#film.patch(this.#segmentOffset, concatBytes([seekHead, rest]));
  }

  #videoTrack(): Uint8Array {
    const { width, height, fps } = this.#layout;
    const { codecId, codecPrivate, color } = this.#codec;
    return element(
      0xae,
      numberElement(0xd7, 1),
      numberElement(0x73c5, 1),
      numberElement(0x83, 1),
      numberElement(0x9c, 0),
      numberElement(0x23e383, Math.round(1e9 / rationalToNumber(fps))),
      textElement(0x86, codecId),
      ...(codecPrivate.length === 0 ? [] : [element(0x63a2, codecPrivate)]),
      element(
        0xe0,
        numberElement(0x9a, 2),
        numberElement(0xb0, width),
        numberElement(0xba, height),
        ...(color === undefined ? [] : [element(0x55b0, ...color)]),
      ),
    );
  }

  #soundTrack(): Uint8Array {
    const { sound } = this.#layout;
    const isAac = sound.codec === "aac";
    const delayNs = Math.round(sound.primingSamples / sound.sampleRate * 1e9);
    return element(
      0xae,
      numberElement(0xd7, 2),
      numberElement(0x73c5, 2),
      numberElement(0x83, 2),
      numberElement(0x9c, 0),
      textElement(0x86, isAac ? "A_AAC" : "A_PCM/INT/LIT"),
      ...(isAac ? [element(0x63a2, sound.decoderConfig)] : []),
      ...(delayNs === 0 ? [] : [numberElement(0x56aa, delayNs)]),
      element(
        0xe1,
        floatElement(0xb5, sound.sampleRate),
        numberElement(0x9f, 2),
        ...(isAac ? [] : [numberElement(0x6264, 16)]),
      ),
    );
  }

  #videoBlocks(video: Stretch["video"]): Block[] {
    const { fps } = this.#layout;
    const frameMs = 1000 * fps.den / fps.num;
    // Samples of a stretch decode in order, the first one at the time of its earliest frame.
    const firstRank = video.ranks.reduce((least, rank) => Math.min(least, rank), Infinity);
    let offset = 0;
    return Array.from(video.sizes, (size, index): Block => {
      const bytes = video.bytes.subarray(offset + this.#codec.skippedBytes, offset + size);
      offset += size;
      return {
        track: 1,
        timeMs: Math.round((video.ranks[index] ?? 0) * frameMs),
        dueMs: (firstRank + index) * frameMs,
        isKey: video.isSync[index] === 1,
        bytes,
      };
    });
  }

  #soundBlocks(stretch: SoundStretch): Block[] {
    const { sound } = this.#layout;
    const isPcm = sound.codec === "pcm_s16le";
    const count = isPcm ? Math.ceil(stretch.count / PCM_BLOCK_SAMPLES) : stretch.count;
    let offset = 0;
    return Array.from({ length: count }, (_, index): Block => {
      const packet = stretch.firstPacket + index * (isPcm ? PCM_BLOCK_SAMPLES : 1);
      const size = isPcm ? PCM_BLOCK_SAMPLES * 4 : stretch.sizes[index] ?? 0;
      const bytes = stretch.bytes.subarray(offset, offset + size);
      offset += size;
      // The stored time counts the encoder's delay; players subtract it.
      const timeMs = packet * sound.packetSamples / sound.sampleRate * 1000;
      return { track: 2, timeMs: Math.round(timeMs), dueMs: timeMs, isKey: true, bytes };
    });
  }
}

interface Block {
  readonly track: 1 | 2;
  readonly timeMs: number;
  /** When it is needed. */
  readonly dueMs: number;
  readonly isKey: boolean;
  readonly bytes: Uint8Array;
}

function blockParts(block: Block, clusterMs: number): Uint8Array[] {
  const head = new Uint8Array(4);
  head[0] = 0x80 | block.track;
  viewOf(head).setInt16(1, block.timeMs - clusterMs);
  head[3] = block.isKey ? 0x80 : 0;
  return [masterHead(0xa3, 4 + block.bytes.length), head, block.bytes];
}

interface VideoCodec {
  readonly codecId: string;
  readonly codecPrivate: Uint8Array;
  /** Elements of the colours, if the part says what they are. */
  readonly color: readonly Uint8Array[] | undefined;
  /** Bytes at the start of every frame that Matroska leaves out. */
  readonly skippedBytes: number;
}

function videoCodec(entry: Uint8Array): VideoCodec {
  const boxes = readBoxes(entry.subarray(VIDEO_ENTRY_BYTES));
  const color = colorElements(findBox(boxes, "colr")?.body);
  const codec = typeAt(entry, 4);
  const body = (type: string): Uint8Array => findBox(boxes, type)?.body ?? new Uint8Array(0);
  if (codec === "avc1") {
    return { codecId: "V_MPEG4/ISO/AVC", codecPrivate: body("avcC"), color, skippedBytes: 0 };
  }
  if (codec === "hvc1") {
    return { codecId: "V_MPEGH/ISO/HEVC", codecPrivate: body("hvcC"), color, skippedBytes: 0 };
  }
  if (codec === "FFV1") {
    return { codecId: "V_FFV1", codecPrivate: body("glbl"), color, skippedBytes: 0 };
  }
  // ProRes: the size and the name of the frame box are left out.
  return { codecId: "V_PRORES", codecPrivate: ascii(codec), color, skippedBytes: 8 };
}

/** Primaries, transfer and matrix of a `colr` box, and the range where it has one. */
function colorElements(colr: Uint8Array | undefined): Uint8Array[] | undefined {
  if (colr === undefined || colr.length < 10) return undefined;
  const view = viewOf(colr);
  const hasRange = typeAt(colr, 0) === "nclx" && colr.length > 10;
  const isFull = ((colr[10] ?? 0) & 0x80) !== 0;
  return [
    numberElement(0x55b1, view.getUint16(8)),
    ...(hasRange ? [numberElement(0x55b9, isFull ? 2 : 1)] : []),
    numberElement(0x55ba, view.getUint16(6)),
    numberElement(0x55bb, view.getUint16(4)),
  ];
}

/** Bytes that players skip; 9 or more of them. */
function voidElement(sizeBytes: number): Uint8Array {
  return element(0xec, new Uint8Array(sizeBytes - 9));
}

function viewBytes(id: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, id);
  return bytes;
}
