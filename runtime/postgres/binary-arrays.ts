/**
 * Columns as Postgres arrays in binary form: `unnest($1::bigint[], $2::text[])` takes thousands of rows in one
 * statement, and the server takes them as they are, without reading digits and quotes. The driver sends a Buffer as a
 * binary parameter.
 *
 * A1. One array: dimensions, has nulls, type, length, first index; then of each element its size and its bytes, all
 *     big-endian (`array_recv`, `int8recv`, … in the server's source). A null has size -1.
 * A2. All arrays of a writer stand in one piece of memory that grows: an array is cut out of it by `close`, at the end.
 *
 * `array-literal.ts` writes the same in text, for statements that are not hot.
 */
import type { ColumnType } from '../../actors/kernel/index.ts';

/** Of each type of column the type of its elements as the server numbers it (`pg_type.oid`): jsonb goes as text and is
 *  cast once it is a row. */
const elementTypes: Readonly<Record<ColumnType, number>> = { text: 25, jsonb: 25, bigint: 20, integer: 23, boolean: 16 };

const headerBytes = 20;
const nullSize = -1;
const sizeBytes = 4;
const roomAtFirstBytes = 64 * 1024;
/** UTF-8 takes at most so many bytes for one unit of a string. */
const bytesPerUnitMax = 3;
const word = 0x1_0000_0000;

interface Span {
  readonly from: number;
  readonly to: number;
}

export class BinaryArrays {
  readonly #spans: Span[] = [];
  #room = Buffer.allocUnsafeSlow(roomAtFirstBytes);
  #used = 0;
  #from = 0;
  #hasNulls = false;

  /** Begins an array of exactly `length` elements. */
  open(type: ColumnType, length: number): void {
    this.#makeRoom(headerBytes);
    this.#from = this.#used;
    this.#hasNulls = false;
    this.#int32(length === 0 ? 0 : 1);
    this.#int32(0); // has nulls: known at the end
    this.#int32(elementTypes[type]);
    if (length === 0) return;
    this.#int32(length);
    this.#int32(1);
  }

  close(): void {
    if (this.#hasNulls) this.#room[this.#from + 7] = 1;
    this.#spans.push({ from: this.#from, to: this.#used });
  }

  /** A2: every array that was closed, in order. Ends the writer. */
  take(): Buffer[] {
    return this.#spans.map(({ from, to }) => this.#room.subarray(from, to));
  }

  null(): void {
    this.#makeRoom(sizeBytes);
    this.#hasNulls = true;
    this.#int32(nullSize);
  }

  text(text: string): void {
    const { length } = text;
    this.#makeRoom(sizeBytes + length * bytesPerUnitMax);
    const room = this.#room;
    const from = this.#used + sizeBytes;
    // Almost all text is short and plain: sooner written letter by letter than handed to the engine.
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 127) return this.#anyText(text);
      room[from + index] = unit;
    }
    this.#int32(length);
    this.#used += length;
  }

  #anyText(text: string): void {
    const size = this.#room.write(text, this.#used + sizeBytes, 'utf8');
    this.#int32(size);
    this.#used += size;
  }

  /** A safe integer, in two halves: the engine's own 64-bit numbers are made one by one. */
  bigint(value: number): void {
    this.#makeRoom(sizeBytes + 8);
    const high = Math.floor(value / word);
    this.#int32(8);
    this.#int32(high);
    this.#int32(value - high * word);
  }

  integer(value: number): void {
    this.#makeRoom(sizeBytes + 4);
    this.#int32(4);
    this.#int32(value);
  }

  boolean(value: boolean): void {
    this.#makeRoom(sizeBytes + 1);
    this.#int32(1);
    this.#room[this.#used++] = value ? 1 : 0;
  }

  /** The low 32 bits. */
  #int32(value: number): void {
    const room = this.#room;
    const at = this.#used;
    room[at] = value >>> 24;
    room[at + 1] = value >>> 16;
    room[at + 2] = value >>> 8;
    room[at + 3] = value;
    this.#used = at + 4;
  }

  #makeRoom(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#room.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#room.length * 2));
    this.#room.copy(larger, 0, 0, this.#used);
    this.#room = larger;
  }
}
