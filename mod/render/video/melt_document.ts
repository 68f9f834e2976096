import type { Placement, Rational } from "../../core/mod.ts";

/** Properties of a service, by name. */
export type MeltProperties = Readonly<Record<string, string>>;

/** What plays some frames of a layer. */
export type MeltProducer = MeltService | MeltComposition;

/** Layers that are composed by themselves, on a transparent ground, and then played as one. */
export interface MeltComposition {
  /** Which element of the document it is. */
  readonly element: "tractor";
  /** Frames, at least one. */
  readonly lengthFrames: number;
  /** In drawing order, the bottom first. */
  readonly layers: readonly MeltLayer[];
}

/** A service that makes pictures. */
export interface MeltService {
  /** Which element of the document it is: a chain carries a link that maps time. */
  readonly element: "producer" | "chain";
  /** With `mlt_service` and `resource`. */
  readonly properties: MeltProperties;
  /** Properties of the `timeremap` link of a chain. */
  readonly link?: MeltProperties;
}

/** A stretch of a layer that one producer plays. */
export interface MeltPiece {
  /** What plays. */
  readonly producer: MeltProducer;
  /** First frame of the producer that is played. */
  readonly inFrame: number;
  /** Number of frames, at least one. */
  readonly frameCount: number;
  /** Services applied to it, in order, with `mlt_service`. */
  readonly filters: readonly MeltProperties[];
}

/** A layer in the frames of the document. */
export interface MeltLayer {
  /** First frame of the document at which it is there. */
  readonly startFrame: number;
  /** One after the other, without a gap. */
  readonly pieces: readonly MeltPiece[];
  /** From the bottom, 0. */
  readonly lane: number;
  /** Placement from a frame of the layer on, ascending from 0. */
  readonly placements: readonly { readonly frame: number; readonly placement: Placement }[];
}

/** A whole document. */
export interface MeltDocument {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Exact rate. */
  readonly fps: Rational;
  /** Frames, at least one. */
  readonly lengthFrames: number;
  /** The ground is black; otherwise it is transparent. */
  readonly isOpaque: boolean;
  /** In drawing order, the bottom first. */
  readonly layers: readonly MeltLayer[];
}

/**
 * Writes a document for melt. Decimal points whatever the machine's language; every value escaped.
 *
 * @see Source: mltframework.org, "MLT XML"; `qtblend` with a rectangle, `distort` and
 * `rotate_center` places a picture of any shape exactly there.
 */
export function formatMeltDocument(document: MeltDocument): string {
  const writer = new DocumentWriter(document);
  return writer.write();
}

/** Replaces what means something in XML; drops what XML cannot hold at all. */
export function escapeXml(text: string): string {
  return text
    // deno-lint-ignore no-control-regex -- these are the characters that XML 1.0 excludes
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&apos;");
}

class DocumentWriter {
  readonly #document: MeltDocument;
  readonly #lines: string[] = [];
  #idCount = 0;

  constructor(document: MeltDocument) {
    this.#document = document;
  }

  write(): string {
    const { width, height, fps, lengthFrames, layers } = this.#document;
    this.#lines.push(
      `<?xml version="1.0" encoding="utf-8"?>`,
      `<mlt LC_NUMERIC="C" version="7.12.0" producer="film">`,
      `<profile description="olive" width="${width}" height="${height}" progressive="1" ` +
        `sample_aspect_num="1" sample_aspect_den="1" display_aspect_num="${width}" ` +
        `display_aspect_den="${height}" frame_rate_num="${fps.num}" ` +
        `frame_rate_den="${fps.den}" colorspace="601"/>`,
    );
    const ground = this.#document.isOpaque ? "0x000000ff" : "0x00000000";
    this.#writeComposition("film", { lengthFrames, layers, ground });
    this.#lines.push(`</mlt>`, "");
    return this.#lines.join("\n");
  }

  #writeComposition(
    id: string,
    composition: {
      readonly lengthFrames: number;
      readonly layers: readonly MeltLayer[];
      readonly ground: string;
    },
  ): void {
    const { lengthFrames, layers } = composition;
    const last = lengthFrames - 1;
    const properties = {
      mlt_service: "color",
      resource: composition.ground,
      length: String(lengthFrames),
    };
    const ground = this.#writeProducer({ element: "producer", properties }, last);
    const lanes = this.#writeLanes(layers);
    this.#lines.push(`<tractor id="${id}" in="0" out="${last}"><multitrack>`);
    this.#lines.push(`<track producer="${ground}"/>`);
    for (const lane of lanes) this.#lines.push(`<track producer="${lane}"/>`);
    this.#lines.push(`</multitrack>`);
    for (const layer of layers) this.#writeBlend(layer);
    this.#lines.push(`</tractor>`);
  }

  #newId(): string {
    return `p${this.#idCount++}`;
  }

  #writeProducer(producer: MeltProducer, out: number): string {
    const id = this.#newId();
    if (producer.element === "tractor") {
      this.#writeComposition(id, { ...producer, ground: "0x00000000" });
      return id;
    }
    this.#lines.push(`<${producer.element} id="${id}" in="0" out="${out}">`);
    this.#writeProperties(producer.properties);
    if (producer.link !== undefined) {
      this.#lines.push(`<link>`);
      this.#writeProperties(producer.link);
      this.#lines.push(`</link>`);
    }
    this.#lines.push(`</${producer.element}>`);
    return id;
  }

  #writeProperties(properties: MeltProperties): void {
    for (const [name, value] of Object.entries(properties)) {
      this.#lines.push(`<property name="${escapeXml(name)}">${escapeXml(value)}</property>`);
    }
  }

  /** One playlist per lane; producers come before the playlist that plays them. */
  #writeLanes(all: readonly MeltLayer[]): readonly string[] {
    const laneCount = all.reduce((count, layer) => Math.max(count, layer.lane + 1), 0);
    return Array.from({ length: laneCount }, (_, lane) => {
      const layers = all.filter((layer) => layer.lane === lane)
        .toSorted((a, b) => a.startFrame - b.startFrame);
      const entries = layers.map((layer) => ({ layer, ids: this.#writeLayerProducers(layer) }));
      const id = this.#newId();
      this.#lines.push(`<playlist id="${id}">`);
      let position = 0;
      for (const { layer, ids } of entries) {
        const gap = layer.startFrame - position;
        if (gap > 0) this.#lines.push(`<blank length="${gap}"/>`);
        layer.pieces.forEach((piece, index) => this.#writeEntry(piece, ids[index] ?? ""));
        position = layer.startFrame + layerLength(layer);
      }
      this.#lines.push(`</playlist>`);
      return id;
    });
  }

  /** Pieces of one layer play one after the other, so equal producers can be one. */
  #writeLayerProducers(layer: MeltLayer): readonly string[] {
    const known = new Map<string, string>();
    const lastFrames = new Map<string, number>();
    for (const piece of layer.pieces) {
      const key = JSON.stringify(piece.producer);
      const last = piece.inFrame + piece.frameCount - 1;
      lastFrames.set(key, Math.max(last, lastFrames.get(key) ?? 0));
    }
    return layer.pieces.map((piece) => {
      const key = JSON.stringify(piece.producer);
      const id = known.get(key) ?? this.#writeProducer(piece.producer, lastFrames.get(key) ?? 0);
      known.set(key, id);
      return id;
    });
  }

  #writeEntry(piece: MeltPiece, id: string): void {
    const out = piece.inFrame + piece.frameCount - 1;
    this.#lines.push(`<entry producer="${id}" in="${piece.inFrame}" out="${out}">`);
    for (const filter of piece.filters) {
      this.#lines.push(`<filter>`);
      this.#writeProperties(filter);
      this.#lines.push(`</filter>`);
    }
    this.#lines.push(`</entry>`);
  }

  #writeBlend(layer: MeltLayer): void {
    const { startFrame } = layer;
    const out = startFrame + layerLength(layer) - 1;
    const rects = layer.placements.map(({ frame, placement }) => ({
      frame,
      value: [...placement.slice(0, 4), blendOpacity(placement[5])].map(formatNumber).join(" "),
    }));
    const rotations = layer.placements.map(({ frame, placement }) => ({
      frame,
      value: formatNumber(placement[4]),
    }));
    const isTurned = rotations.some(({ value }) => value !== "0");
    this.#lines.push(`<transition in="${startFrame}" out="${out}">`);
    this.#writeProperties({
      mlt_service: "qtblend",
      a_track: "0",
      b_track: String(layer.lane + 1),
      compositing: "0",
      distort: "1",
      rect: formatHeld(rects),
      ...(isTurned ? { rotation: formatHeld(rotations), rotate_center: "1" } : {}),
    });
    this.#lines.push(`</transition>`);
  }
}

function layerLength(layer: MeltLayer): number {
  return layer.pieces.reduce((length, piece) => length + piece.frameCount, 0);
}

/** A property that holds each value until the next one: `0|=a;5|=b`. */
function formatHeld(steps: readonly { readonly frame: number; readonly value: string }[]): string {
  const kept = steps.filter((step, index) => step.value !== steps[index - 1]?.value);
  const only = kept[0];
  if (kept.length === 1 && only !== undefined) return only.value;
  return kept.map((step) => `${step.frame}|=${step.value}`).join(";");
}

/**
 * Opacity to ask of `qtblend` for one that is meant. It cuts n = floor(256 * opacity) and then mixes
 * with n - 1 of 255, measured for all of them; so this asks for one step more than is meant.
 */
function blendOpacity(opacity: number): number {
  const share = Math.round(Math.min(Math.max(opacity, 0), 1) * 255);
  return share === 0 ? 0 : (share + 1) / 256;
}

function formatNumber(value: number): string {
  return String(Number(value.toFixed(8)));
}
