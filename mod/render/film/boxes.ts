/**
 * Boxes of ISO base media files (mp4, mov): reading and writing, nothing of their meaning.
 *
 * @see Source: ISO/IEC 14496-12, 4.2.
 * @module
 */

/** One box. */
export interface Box {
  /** Four characters. */
  readonly type: string;
  /** What follows its header. */
  readonly body: Uint8Array;
}

/** Thrown for bytes that are not what they should be. */
export class DamageError extends Error {
  override readonly name = "DamageError";
  /** What is wrong, to follow "Cannot accept part X:". */
  readonly reason: string;

  /** @param reason What is wrong: `it is cut short`. */
  constructor(reason: string) {
    super(`Cannot read file: ${reason}`);
    this.reason = reason;
  }
}

/** The error for a file that is damaged, to be thrown. */
export function damage(reason: string): DamageError {
  return new DamageError(reason);
}

/** View of bytes for numbers in network order. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Four characters at a place. */
export function typeAt(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

/**
 * Splits bytes into boxes.
 *
 * @throws {DamageError} If a box does not fit.
 */
export function readBoxes(bytes: Uint8Array): Box[] {
  const view = viewOf(bytes);
  const boxes: Box[] = [];
  for (let offset = 0; offset + 8 <= bytes.length;) {
    const type = typeAt(bytes, offset + 4);
    let size = view.getUint32(offset);
    let headerBytes = 8;
    if (size === 1 && offset + 16 <= bytes.length) {
      size = Number(view.getBigUint64(offset + 8));
      headerBytes = 16;
    }
    // QuickTime ends some lists of boxes with four bytes of zero, padded here to a box of size 0.
    if (size === 0 && type === "\0\0\0\0") break;
    if (size === 0) size = bytes.length - offset;
    if (size < headerBytes || offset + size > bytes.length) {
      throw damage(`its ${JSON.stringify(type)} box does not fit`);
    }
    boxes.push({ type, body: bytes.subarray(offset + headerBytes, offset + size) });
    offset += size;
  }
  return boxes;
}

/** The first box of a type, or `undefined`. */
export function findBox(boxes: readonly Box[], type: string): Box | undefined {
  return boxes.find((box) => box.type === type);
}

/**
 * The body of a box that must be there, down a path of containers.
 *
 * @throws {DamageError} If one is missing.
 */
export function getBody(bytes: Uint8Array, ...path: readonly string[]): Uint8Array {
  let body = bytes;
  for (const type of path) {
    const box = findBox(readBoxes(body), type);
    if (box === undefined) throw damage(`it has no ${JSON.stringify(type)} box`);
    body = box.body;
  }
  return body;
}

/** A box of its parts. */
export function makeBox(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const header = new Uint8Array(8);
  const body = concatBytes(parts);
  viewOf(header).setUint32(0, 8 + body.length);
  header.set(ascii(type), 4);
  return concatBytes([header, body]);
}

/** A box that begins with a version and flags. */
export function makeFullBox(
  type: string,
  content: {
    readonly version?: number;
    readonly flags?: number;
    readonly parts: readonly Uint8Array[];
  },
): Uint8Array {
  return makeBox(type, u32((content.version ?? 0) << 24 | (content.flags ?? 0)), ...content.parts);
}

/** 16-bit numbers. */
export function u16(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  const view = viewOf(bytes);
  for (const [index, value] of values.entries()) view.setUint16(2 * index, value);
  return bytes;
}

/** 32-bit numbers, signed ones too. */
export function u32(...values: readonly number[]): Uint8Array {
  return u32List(values);
}

/** A list of 32-bit numbers, however long. */
export function u32List(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = viewOf(bytes);
  for (let i = 0; i < values.length; i++) view.setUint32(4 * i, values[i] ?? 0);
  return bytes;
}

/** A list of 64-bit numbers up to 2^53, however long. */
export function u64List(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = viewOf(bytes);
  for (let i = 0; i < values.length; i++) view.setBigUint64(8 * i, BigInt(values[i] ?? 0));
  return bytes;
}

/** 64-bit numbers up to 2^53. */
export function u64(...values: readonly number[]): Uint8Array {
  return u64List(values);
}

/** Characters of one byte each. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Bytes one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
