/**
 * The file of a backup: one consistent copy of a data folder, and what proves that it is whole.
 *
 *     magic     "ONHAND BACKUP 1\n"                     16 bytes
 *     section   u32 length, JSON head `{name, …}`       the first is `about`, the last is `end`
 *               { u32 length, gzipped bytes }           blocks, at most `blockBytesMax` before compression
 *               u32 0
 *               SHA-256 of the section's bytes before compression
 *     trailer   SHA-256 of everything before it
 *
 * B1. A file that is cut, changed or continued is refused before anything of it is used.
 * B2. Memory holds one block at a time, whatever the size of the data.
 *
 * Does not know what the sections say.
 */
import { createHash, type Hash, timingSafeEqual } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

const magic = Buffer.from('ONHAND BACKUP 1\n');
const magicFamily = Buffer.from('ONHAND BACKUP ');
const hashBytes = 32;
const headBytesMax = 1024 * 1024;
const blockBytesMax = 1024 * 1024;
const packedBytesMax = 2 * blockBytesMax;
const pack = promisify(gzip);
const unpack = promisify(gunzip);

export type SectionHead = { readonly name: string } & Readonly<Record<string, unknown>>;

/** Its message is the sentence for the person. */
export class BackupUnreadable extends Error {
  override readonly name = 'BackupUnreadable';
}

export class BackupWriter {
  readonly #file: FileHandle;
  readonly #total: Hash = createHash('sha256');
  bytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async begin(): Promise<void> {
    await this.#write(magic);
  }

  async section(head: SectionHead, content: AsyncIterable<Buffer>): Promise<void> {
    const text = Buffer.from(JSON.stringify(head));
    await this.#write(lengthOf(text));
    await this.#write(text);
    const hash = createHash('sha256');
    let waiting: Buffer[] = [];
    let waitingBytes = 0;
    const flush = async () => {
      if (waitingBytes === 0) return;
      const whole = Buffer.concat(waiting);
      waiting = [];
      waitingBytes = 0;
      for (let at = 0; at < whole.length; at += blockBytesMax) await this.#block(whole.subarray(at, at + blockBytesMax), hash);
    };
    for await (const piece of content) {
      waiting.push(piece);
      waitingBytes += piece.length;
      if (waitingBytes >= blockBytesMax) await flush();
    }
    await flush();
    await this.#write(Buffer.alloc(4));
    await this.#write(hash.digest());
  }

  async end(): Promise<void> {
    await this.section({ name: 'end' }, nothing());
    await this.#write(this.#total.copy().digest());
    await this.#file.sync();
  }

  async #block(content: Buffer, hash: Hash): Promise<void> {
    hash.update(content);
    const packed = await pack(content, { level: 3 });
    await this.#write(lengthOf(packed));
    await this.#write(packed);
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#total.update(bytes);
    await this.#file.writeFile(bytes);
    this.bytes += bytes.length;
  }
}

async function* nothing(): AsyncIterable<Buffer> {}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}

/** B1, B2. Every section in order; the content of each must be read to its end before the next. Throws `BackupUnreadable`. */
export async function* readSections(
  file: FileHandle,
): AsyncGenerator<{ readonly head: SectionHead; readonly content: AsyncGenerator<Buffer> }> {
  const reader = new Reader(file);
  const start = await reader.take(magic.length, 'its first bytes');
  if (!start.equals(magic)) throw foreign(start);
  for (;;) {
    const head = JSON.parse((await reader.take(await reader.length(headBytesMax), 'the head of a section')).toString()) as SectionHead;
    yield { head, content: contentOf(reader, head.name) };
    if (head.name === 'end') break;
  }
  const total = reader.total.copy().digest();
  if (!timingSafeEqual(await reader.take(hashBytes, 'its last bytes'), total)) throw damaged('the hash over everything is another one');
  if (!(await reader.isAtEnd())) throw damaged('something follows its end');
}

/** B1. Reads everything once, and keeps nothing but the head of the first section. */
export async function checkFile(file: FileHandle): Promise<SectionHead> {
  let about: SectionHead | null = null;
  try {
    for await (const { head, content } of readSections(file)) {
      about ??= head;
      for await (const _ of content);
    }
  } catch (error) {
    throw error instanceof SyntaxError ? damaged('the head of a section cannot be read') : error;
  }
  if (about?.name !== 'about') throw damaged('it does not begin by saying what it is');
  return about;
}

async function* contentOf(reader: Reader, name: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for (;;) {
    const length = await reader.length(packedBytesMax);
    if (length === 0) break;
    const packed = await reader.take(length, `section ${name}`);
    const content = await unpack(packed, { maxOutputLength: blockBytesMax }).catch(() => {
      throw damaged(`a block of section ${name} cannot be unpacked`);
    });
    hash.update(content);
    yield content;
  }
  const expected = await reader.take(hashBytes, `section ${name}`);
  if (!expected.equals(hash.digest())) throw damaged(`the hash of section ${name} is another one`);
}

class Reader {
  readonly #file: FileHandle;
  readonly total = createHash('sha256');
  #at = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async take(length: number, what: string): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    for (let got = 0; got < length; ) {
      const { bytesRead } = await this.#file.read(bytes, got, length - got, this.#at + got);
      if (bytesRead === 0) throw damaged(`it ends within ${what}`);
      got += bytesRead;
    }
    this.#at += length;
    this.total.update(bytes);
    return bytes;
  }

  async length(max: number): Promise<number> {
    const length = (await this.take(4, 'a length')).readUInt32BE();
    if (length > max) throw damaged('a length in it cannot be');
    return length;
  }

  async isAtEnd(): Promise<boolean> {
    return (await this.#file.read(Buffer.alloc(1), 0, 1, this.#at)).bytesRead === 0;
  }
}

function damaged(what: string): BackupUnreadable {
  return new BackupUnreadable(`This backup is damaged: ${what}. Nothing was restored.`);
}

function foreign(start: Buffer): BackupUnreadable {
  if (start.subarray(0, magicFamily.length).equals(magicFamily))
    return new BackupUnreadable('This backup was made by a newer version of Onhand. Nothing was restored; use that version.');
  return new BackupUnreadable('This is not a backup of Onhand. Nothing was restored.');
}
