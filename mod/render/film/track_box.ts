import {
  ascii,
  concatBytes,
  makeBox,
  makeFullBox,
  u16,
  u32,
  u32List,
  u64,
  u64List,
} from "./boxes.ts";
import type { NumberList } from "./number_list.ts";

const UINT32_MAX = 0xffff_ffff;
const IDENTITY_MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000];

/** What is known of the samples of a track while it grows. */
export interface TrackTables {
  /** Bytes of each sample; stays empty where all have one size. */
  readonly sizes: NumberList;
  /** Numbers, from 1, of the samples at which decoding can start. */
  readonly syncs: NumberList;
  /** Runs of samples that lie together in the file. */
  readonly chunks: Array<{ readonly offset: number; readonly count: number }>;
}

/** A track to describe. */
export interface TrackBoxOptions {
  /** From 1. */
  readonly id: number;
  readonly kind: "video" | "sound";
  /** Pixels; 0 for sound. */
  readonly width: number;
  readonly height: number;
  /** Ticks per second of the movie. */
  readonly timescale: number;
  /** How long it is shown, ticks of the movie. */
  readonly shownTicks: number;
  /** Where in the media it begins, ticks of the media. */
  readonly editStart: number;
  readonly mediaTimescale: number;
  /** Ticks of the media. */
  readonly mediaDuration: number;
  /** The `stbl` box. */
  readonly stbl: Uint8Array;
  /** QuickTime's flavour. */
  readonly isMov: boolean;
}

/**
 * A `trak` box.
 *
 * @see Source: ISO/IEC 14496-12, 8.3 and 8.6; QuickTime File Format, "Handler reference atoms".
 */
export function makeTrack(track: TrackBoxOptions): Uint8Array {
  const isVideo = track.kind === "video";
  const isLong = track.shownTicks > UINT32_MAX;
  const tkhd = makeFullBox("tkhd", {
    version: isLong ? 1 : 0,
    flags: 3,
    parts: [
      isLong
        ? concatBytes([u64(0, 0), u32(track.id, 0), u64(track.shownTicks)])
        : u32(0, 0, track.id, 0, track.shownTicks),
      u32(0, 0),
      u16(0, isVideo ? 0 : 1, isVideo ? 0 : 0x100, 0),
      u32(...IDENTITY_MATRIX, track.width * 0x10000, track.height * 0x10000),
    ],
  });
  const elst = makeFullBox("elst", {
    version: isLong ? 1 : 0,
    parts: [
      isLong
        ? concatBytes([u32(1), u64(track.shownTicks, track.editStart)])
        : u32(1, track.shownTicks, track.editStart),
      u32(0x10000),
    ],
  });
  return makeBox("trak", tkhd, makeBox("edts", elst), makeMedia(track));
}

function makeMedia(track: TrackBoxOptions): Uint8Array {
  const isVideo = track.kind === "video";
  const isLong = track.mediaDuration > UINT32_MAX;
  const mdhd = makeFullBox("mdhd", {
    version: isLong ? 1 : 0,
    parts: [
      isLong
        ? concatBytes([u64(0, 0), u32(track.mediaTimescale), u64(track.mediaDuration)])
        : u32(0, 0, track.mediaTimescale, track.mediaDuration),
      // Language "und", packed in 5 bits a letter.
      u16(0x55c4, 0),
    ],
  });
  const mediaHeader = isVideo
    ? makeFullBox("vmhd", { flags: 1, parts: [u16(0, 0, 0, 0)] })
    : makeFullBox("smhd", { parts: [u16(0, 0)] });
  const url = makeFullBox("url ", { flags: 1, parts: [] });
  const minf = makeBox(
    "minf",
    mediaHeader,
    ...(track.isMov ? [makeHandler({ component: "dhlr", type: "url ", name: "DataHandler" })] : []),
    makeBox("dinf", makeFullBox("dref", { parts: [u32(1), url] })),
    track.stbl,
  );
  const handler = makeHandler({
    component: track.isMov ? "mhlr" : "\0\0\0\0",
    type: isVideo ? "vide" : "soun",
    name: isVideo ? "VideoHandler" : "SoundHandler",
  });
  return makeBox("mdia", mdhd, handler, minf);
}

/** QuickTime counts the letters of a name, ISO ends it with a zero. */
function makeHandler(
  handler: { readonly component: string; readonly type: string; readonly name: string },
): Uint8Array {
  const { component, type, name } = handler;
  const isQuickTime = component !== "\0\0\0\0";
  const text = isQuickTime ? String.fromCharCode(name.length) + name : `${name}\0`;
  return makeFullBox("hdlr", {
    parts: [ascii(component), ascii(type), u32(0, 0, 0), ascii(text)],
  });
}

/** Boxes of a sample table beside sizes and places. */
export interface SampleTableOptions {
  /** The sample entry, with its header. */
  readonly entry: Uint8Array;
  /** `stts`, and `ctts` and `stss` where they are needed. */
  readonly times: readonly Uint8Array[];
  /** Size of every sample, if it is the same, bytes. */
  readonly commonSize?: number;
  readonly groupBoxes?: readonly Uint8Array[];
}

/** A `stbl` box. */
export function makeSampleTable(tables: TrackTables, options: SampleTableOptions): Uint8Array {
  const count = tables.chunks.reduce((sum, chunk) => sum + chunk.count, 0);
  const sizes = options.commonSize === undefined
    ? concatBytes([u32(0, count), u32List(tables.sizes.view())])
    : u32(options.commonSize, count);
  const lastOffset = tables.chunks.at(-1)?.offset ?? 0;
  const offsets = tables.chunks.map((chunk) => chunk.offset);
  return makeBox(
    "stbl",
    makeFullBox("stsd", { parts: [u32(1), options.entry] }),
    ...options.times,
    makeFullBox("stsc", { parts: [makeChunkRuns(tables)] }),
    makeFullBox("stsz", { parts: [sizes] }),
    lastOffset > UINT32_MAX
      ? makeFullBox("co64", { parts: [u32(offsets.length), u64List(offsets)] })
      : makeFullBox("stco", { parts: [u32(offsets.length), u32List(offsets)] }),
    ...(options.groupBoxes ?? []),
  );
}

function makeChunkRuns(tables: TrackTables): Uint8Array {
  const runs: number[] = [];
  let previous = -1;
  for (const [index, { count }] of tables.chunks.entries()) {
    if (count !== previous) runs.push(index + 1, count, 1);
    previous = count;
  }
  return concatBytes([u32(runs.length / 3), u32List(runs)]);
}

/** Run lengths of a value of every number, as tables of times have them. */
export function fillRuns(
  numbers: Int32Array,
  valueOf: (number: number, index: number) => number,
): Uint8Array {
  const runs: number[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const value = valueOf(numbers[i] ?? 0, i);
    if (runs.at(-1) === value) runs[runs.length - 2] = (runs.at(-2) ?? 0) + 1;
    else runs.push(1, value);
  }
  return concatBytes([u32(runs.length / 2), u32List(runs)]);
}
