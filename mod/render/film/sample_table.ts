import { type Box, damage, findBox, getBody, readBoxes, typeAt, viewOf } from "./boxes.ts";

/** What an ISO base media file says of one of its tracks. */
export interface Track {
  readonly kind: "video" | "sound" | "other";
  /** Ticks per second of its time stamps. */
  readonly timescale: number;
  /** Pixels; 0 for sound. */
  readonly width: number;
  readonly height: number;
  /** Four-character code of the codec. */
  readonly codec: string;
  /** The one sample entry, with its header: everything a decoder has to know beforehand. */
  readonly sampleEntry: Uint8Array;
  /** Length of the media, ticks. */
  readonly durationTicks: number;
  /** The tables of its samples; {@linkcode readSamples} reads them. */
  readonly stbl: Uint8Array;
  /** Media time at which the track starts to be shown, ticks; below 0: it starts with a gap. */
  readonly editStart: number;
  /** Grouping of samples (`sgpd`, `sbgp`), as they are. */
  readonly groupBoxes: readonly Box[];
}

/** The samples of a track, one entry each. */
export interface SampleTable {
  readonly count: number;
  /** Bytes. */
  readonly sizes: Uint32Array;
  /** Place in the file. */
  readonly offsets: Float64Array;
  /** Ticks. */
  readonly durations: Uint32Array;
  /** From decoding to presentation, ticks. */
  readonly compositionOffsets: Int32Array;
  /** 1 for samples at which decoding can start. */
  readonly isSync: Uint8Array;
}

/** Samples of one track: more would be a film of weeks, or a lie. */
const SAMPLES_MAX = 1 << 24;

/**
 * Reads the tracks of a `moov` box.
 *
 * @param moov Body of the box.
 * @throws {DamageError} If it is damaged or not understood.
 */
export function readTracks(moov: Uint8Array): Track[] {
  return readBoxes(moov).filter((box) => box.type === "trak").map((box) => readTrack(box.body));
}

function readTrack(trak: Uint8Array): Track {
  const mdia = getBody(trak, "mdia");
  const handler = typeAt(getBody(mdia, "hdlr"), 8);
  const stbl = getBody(mdia, "minf", "stbl");
  const { timescale, durationTicks } = readMediaHeader(getBody(mdia, "mdhd"));
  const sampleEntry = readSampleEntry(getBody(stbl, "stsd"));
  const isVideo = handler === "vide";
  const entryView = viewOf(sampleEntry);
  return {
    kind: isVideo ? "video" : handler === "soun" ? "sound" : "other",
    timescale,
    durationTicks,
    width: isVideo && sampleEntry.length >= 36 ? entryView.getUint16(32) : 0,
    height: isVideo && sampleEntry.length >= 36 ? entryView.getUint16(34) : 0,
    codec: typeAt(sampleEntry, 4),
    sampleEntry,
    stbl,
    editStart: readEditStart(trak, timescale),
    groupBoxes: readBoxes(stbl).filter(({ type }) => type === "sgpd" || type === "sbgp"),
  };
}

interface MediaHeader {
  readonly timescale: number;
  readonly durationTicks: number;
}

function readMediaHeader(mdhd: Uint8Array): MediaHeader {
  const view = viewOf(mdhd);
  const isLong = mdhd[0] === 1;
  const timescale = view.getUint32(isLong ? 20 : 12);
  if (timescale === 0) throw damage("its clock has no ticks");
  return { timescale, durationTicks: isLong ? Number(view.getBigUint64(24)) : view.getUint32(16) };
}

function readSampleEntry(stsd: Uint8Array): Uint8Array {
  const count = viewOf(stsd).getUint32(4);
  if (count !== 1) throw damage(`it has ${count} sample descriptions, must have one`);
  const sizeBytes = viewOf(stsd).getUint32(8);
  if (sizeBytes < 16 || 8 + sizeBytes > stsd.length) {
    throw damage("its sample description does not fit");
  }
  return stsd.subarray(8, 8 + sizeBytes);
}

/** Where in the media the track starts; a leading empty edit is a delay. */
function readEditStart(trak: Uint8Array, timescale: number): number {
  const edts = findBox(readBoxes(trak), "edts");
  if (edts === undefined) return 0;
  const elst = getBody(edts.body, "elst");
  const view = viewOf(elst);
  const count = view.getUint32(4);
  if (count === 0) return 0;
  if (count !== 1) throw damage(`it has ${count} edits, must have one at most`);
  const start = elst[0] === 1 ? Number(view.getBigInt64(16)) : view.getInt32(12);
  return start === -1 ? -timescale : start;
}

/**
 * Reads the tables of a track's samples.
 *
 * @param track The track.
 * @param sizeBytes Size of its file: every sample must lie within it.
 * @throws {DamageError} If they are damaged.
 */
export function readSamples({ stbl }: Track, sizeBytes: number): SampleTable {
  const boxes = readBoxes(stbl);
  const sizes = readSizes(getBody(stbl, "stsz"));
  const count = sizes.length;
  const ctts = findBox(boxes, "ctts")?.body;
  const stss = findBox(boxes, "stss")?.body;
  const offsets = readOffsets(stbl, sizes);
  for (let i = 0; i < count; i++) {
    if ((offsets[i] ?? 0) + (sizes[i] ?? 0) > sizeBytes) {
      throw damage(`sample ${i} lies beyond its end`);
    }
  }
  return {
    count,
    sizes,
    offsets,
    durations: Uint32Array.from(readRuns(getBody(stbl, "stts"), count)),
    compositionOffsets: ctts === undefined
      ? new Int32Array(count)
      : Int32Array.from(readRuns(ctts, count)),
    isSync: stss === undefined ? new Uint8Array(count).fill(1) : readSync(stss, count),
  };
}

function readSizes(stsz: Uint8Array): Uint32Array {
  const view = viewOf(stsz);
  const common = view.getUint32(4);
  const count = view.getUint32(8);
  if (count > SAMPLES_MAX || (common === 0 && 12 + 4 * count > stsz.length)) {
    throw damage(`it cannot have ${count} samples`);
  }
  const sizes = new Uint32Array(count).fill(common);
  if (common === 0) { for (let i = 0; i < count; i++) sizes[i] = view.getUint32(12 + 4 * i); }
  return sizes;
}

/** Run lengths: pairs of a count and a value. */
function readRuns(body: Uint8Array, count: number): Float64Array {
  const view = viewOf(body);
  const values = new Float64Array(count);
  const runs = view.getUint32(4);
  if (8 + 8 * runs > body.length) throw damage("a table of times does not fit");
  let at = 0;
  for (let run = 0; run < runs; run++) {
    const length = view.getUint32(8 + 8 * run);
    if (at + length > count) throw damage("a table of times is longer than the samples");
    values.fill(view.getInt32(12 + 8 * run), at, at + length);
    at += length;
  }
  if (at !== count) throw damage(`it has times for ${at} of ${count} samples`);
  return values;
}

function readSync(stss: Uint8Array, count: number): Uint8Array {
  const view = viewOf(stss);
  const isSync = new Uint8Array(count);
  const listed = view.getUint32(4);
  if (8 + 4 * listed > stss.length) throw damage("its table of key frames does not fit");
  for (let i = 0; i < listed; i++) {
    const sample = view.getUint32(8 + 4 * i) - 1;
    if (sample >= 0 && sample < count) isSync[sample] = 1;
  }
  return isSync;
}

function readOffsets(stbl: Uint8Array, sizes: Uint32Array): Float64Array {
  const chunkOffsets = readChunkOffsets(stbl);
  const stsc = getBody(stbl, "stsc");
  const view = viewOf(stsc);
  const runs = view.getUint32(4);
  if (8 + 12 * runs > stsc.length) throw damage("its table of chunks does not fit");
  const offsets = new Float64Array(sizes.length);
  let sample = 0;
  for (let run = 0; run < runs; run++) {
    const first = view.getUint32(8 + 12 * run) - 1;
    const last = run + 1 < runs ? view.getUint32(20 + 12 * run) - 1 : chunkOffsets.length;
    const perChunk = view.getUint32(12 + 12 * run);
    for (let chunk = first; chunk < last && sample < sizes.length; chunk++) {
      let offset = chunkOffsets[chunk];
      if (offset === undefined) throw damage("its table of chunks is damaged");
      for (let i = 0; i < perChunk && sample < sizes.length; i++) {
        offsets[sample] = offset;
        offset += sizes[sample] ?? 0;
        sample++;
      }
    }
  }
  if (sample !== sizes.length) {
    throw damage(`it has places for ${sample} of ${sizes.length} samples`);
  }
  return offsets;
}

function readChunkOffsets(stbl: Uint8Array): Float64Array {
  const boxes = readBoxes(stbl);
  const stco = findBox(boxes, "stco")?.body;
  const body = stco ?? getBody(stbl, "co64");
  const view = viewOf(body);
  const width = stco === undefined ? 8 : 4;
  const count = view.getUint32(4);
  if (8 + width * count > body.length) throw damage("its table of places does not fit");
  return Float64Array.from(
    { length: count },
    (_, i) => width === 4 ? view.getUint32(8 + 4 * i) : Number(view.getBigUint64(8 + 8 * i)),
  );
}
