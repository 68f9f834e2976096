import { toFileError } from "../../core/mod.ts";
import { damage, DamageError, viewOf } from "./boxes.ts";
import { readExactly } from "./movie_file.ts";

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const CLUSTER_TIME = 0xe7;
const SIMPLE_BLOCK = 0xa3;
/** Bytes that are read at a time; blocks that are longer are passed over. */
const WINDOW_BYTES = 64 * 1024;
/** Longest head of an element with the first bytes of a block. */
const HEAD_BYTES = 4 + 8 + 4;

/** Pictures of a Matroska file. */
export interface MatroskaFrames {
  /** Time stamps of track 1, milliseconds, in the order of the file. */
  readonly timesMs: Float64Array;
  readonly sizeBytes: number;
}

/**
 * Reads the time stamps of all blocks of track 1, passing over their content.
 *
 * @throws {DamageError} If an element does not fit. @throws {DomainError} `io_failed`.
 */
export async function readMatroskaFrames(path: string): Promise<MatroskaFrames> {
  try {
    using file = await Deno.open(path, { read: true });
    const { size } = await file.stat();
    const window = new Window(file, size);
    const times: number[] = [];
    let clusterMs = 0;
    for (let offset = 0; offset < size;) {
      const bytes = await window.at(offset);
      const head = readHead(bytes);
      const end = offset + head.headBytes + head.sizeBytes;
      if (end > size) throw damage("it is cut short");
      const body = bytes.subarray(head.headBytes);
      if (head.id === CLUSTER_TIME) clusterMs = readNumber(body.subarray(0, head.sizeBytes));
      if (head.id === SIMPLE_BLOCK && body[0] === 0x81) {
        times.push(clusterMs + viewOf(body).getInt16(1));
      }
      const isContainer = head.id === SEGMENT || head.id === CLUSTER;
      offset = isContainer ? offset + head.headBytes : end;
    }
    return { timesMs: Float64Array.from(times), sizeBytes: size };
  } catch (error) {
    if (error instanceof DamageError || error instanceof RangeError) throw error;
    throw toFileError(error, `Cannot read ${path}`);
  }
}

/** Bytes of a file around a place that moves forward. */
class Window {
  readonly #file: Deno.FsFile;
  readonly #sizeBytes: number;
  #start = 0;
  #bytes = new Uint8Array(0);

  constructor(file: Deno.FsFile, sizeBytes: number) {
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /** At least the head of the element there, as far as the file goes. */
  async at(offset: number): Promise<Uint8Array> {
    const end = this.#start + this.#bytes.length;
    const needed = Math.min(HEAD_BYTES, this.#sizeBytes - offset);
    if (offset < this.#start || offset + needed > end) {
      this.#start = offset;
      this.#bytes = new Uint8Array(Math.min(WINDOW_BYTES, this.#sizeBytes - offset));
      await readExactly(this.#file, offset, this.#bytes);
    }
    return this.#bytes.subarray(offset - this.#start);
  }
}

interface ElementHead {
  readonly id: number;
  readonly sizeBytes: number;
  readonly headBytes: number;
}

function readHead(bytes: Uint8Array): ElementHead {
  const idBytes = Math.clz32(bytes[0] ?? 0) - 23;
  const lengthBytes = Math.clz32(bytes[idBytes] ?? 0) - 23;
  if (idBytes < 1 || idBytes > 4 || lengthBytes < 1 || lengthBytes > 8) {
    throw damage("it has no element where one must be");
  }
  const id = readNumber(bytes.subarray(0, idBytes));
  const length = bytes.slice(idBytes, idBytes + lengthBytes);
  length[0] = (length[0] ?? 0) & (0xff >> lengthBytes);
  return { id, sizeBytes: readNumber(length), headBytes: idBytes + lengthBytes };
}

function readNumber(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
