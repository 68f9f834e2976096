/**
 * Elements of EBML, the shape of Matroska files.
 *
 * @see Source: RFC 8794, 4 to 7.
 * @module
 */
import { concatBytes } from "./boxes.ts";

/** An element of its parts. */
export function element(id: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(parts);
  return concatBytes([masterHead(id, body.length), body]);
}

/** Name and size of an element whose body follows; the size always takes 8 bytes. */
export function masterHead(id: number, sizeBytes: number): Uint8Array {
  const name = idBytes(id);
  const head = new Uint8Array(name.length + 8);
  head.set(name);
  const view = new DataView(head.buffer);
  view.setBigUint64(name.length, BigInt(sizeBytes) | 1n << 56n);
  return head;
}

/** A whole number, 0 or more. */
export function numberElement(id: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  const firstUsed = bytes.findIndex((byte) => byte !== 0);
  return element(id, bytes.subarray(firstUsed === -1 ? 7 : firstUsed));
}

/** A number with a fraction. */
export function floatElement(id: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return element(id, bytes);
}

/** A text. */
export function textElement(id: number, text: string): Uint8Array {
  return element(id, new TextEncoder().encode(text));
}

function idBytes(id: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = id; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}
