/**
 * The payload of an events frame as it grows: `{"a":[actors],"e":[[actor number, version, event],…]}` in UTF-8.
 *
 * P1. Each event is turned into text once and written once, so that the size of the frame is known before it is sealed
 *     and nothing is put together again when it is.
 * P2. A builder serves one frame after another and keeps its room: at most what the largest frame needed.
 *
 * Does not know what an event says. `codec.ts` reads it back.
 */
import type { ActorId } from '../../actors/kernel/index.ts';

const roomAtFirstBytes = 4 * 1024;
/** `[`, two numbers of at most 16 digits, two commas, `]`, and the comma before it. */
const entryRoomBytes = 48;
/** UTF-8 takes at most so many bytes for one unit of a string. */
const bytesPerUnitMax = 3;
/** Beyond this it pays to count first. */
const uncountedUnitsMax = 4_096;

const opening = '{"a":[';
const between = '],"e":[';
const closing = ']}';
const comma = ','.charCodeAt(0);
const openingBracket = '['.charCodeAt(0);
const closingBracket = ']'.charCodeAt(0);
const zero = '0'.charCodeAt(0);

export class PayloadBuilder {
  readonly #actors: string[] = [];
  #actorBytes = 0;
  #events = 0;
  #room = Buffer.alloc(0);
  #used = 0;

  /** Starts anew (P2). */
  empty(): this {
    this.#actors.length = 0;
    this.#actorBytes = 0;
    this.#events = 0;
    this.#used = 0;
    return this;
  }

  /** The size as it would be built now. */
  get bytes(): number {
    return opening.length + this.#actorBytes + between.length + this.#used + closing.length;
  }

  get events(): number {
    return this.#events;
  }

  /** The actor's number in this frame. */
  addActor(actor: ActorId): number {
    const text = JSON.stringify([actor.kind, actor.store, actor.id]);
    this.#actorBytes += Buffer.byteLength(text) + (this.#actors.length === 0 ? 0 : 1);
    return this.#actors.push(text) - 1;
  }

  addEvent(actorNumber: number, version: number, eventText: string): void {
    const { length } = eventText;
    this.#makeRoom(entryRoomBytes + (length <= uncountedUnitsMax ? length * bytesPerUnitMax : Buffer.byteLength(eventText)));
    if (this.#events++ > 0) this.#writeByte(comma);
    this.#writeByte(openingBracket);
    this.#writeNumber(actorNumber);
    this.#writeByte(comma);
    this.#writeNumber(version);
    this.#writeByte(comma);
    this.#used += this.#room.write(eventText, this.#used, 'utf8');
    this.#writeByte(closingBracket);
  }

  build(): Buffer {
    const built = Buffer.allocUnsafe(this.bytes);
    let at = built.write(`${opening}${this.#actors.join(',')}${between}`, 0, 'utf8');
    at += this.#room.copy(built, at, 0, this.#used);
    built.write(closing, at, 'latin1');
    return built;
  }

  #writeByte(byte: number): void {
    this.#room[this.#used++] = byte;
  }

  /** A whole number from 0 on: the last digit first, each in its place. */
  #writeNumber(number: number): void {
    let digits = 1;
    for (let power = 10; power <= number; power *= 10) digits++;
    this.#used += digits;
    let rest = number;
    for (let at = this.#used - 1; digits > 0; digits--, at--) {
      const left = Math.floor(rest / 10);
      this.#room[at] = zero + (rest - left * 10);
      rest = left;
    }
  }

  #makeRoom(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#room.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#room.length * 2, roomAtFirstBytes));
    this.#room.copy(larger, 0, 0, this.#used);
    this.#room = larger;
  }
}
