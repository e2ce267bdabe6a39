/**
 * The file of a backup: gzip over lines of text, each a letter, a space, and JSON.
 *
 *   H  the header, first            T  a table begins: its name and columns     R  a row of it, as Postgres writes JSON
 *   F  a frame of the log, where that is not in a table                         O  a file of the data folder
 *   E  the end: SHA-256 of every line before it
 *
 * B1. A file without its end, with a changed byte, or of another make is refused before anything is restored.
 * B2. Lines are read and written one at a time: memory does not grow with the shop.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { LogKind } from '../log/cluster.ts';

export const backupFormat = 1;

export interface BackupHeader {
  readonly format: number;
  /** Names of the migrations that made the schema, in order. */
  readonly migrations: readonly string[];
  readonly clusterId: string;
  readonly incarnation: string;
  readonly logKind: LogKind;
  readonly madeAt: string;
  /** Frame up to which rows were written, by shard. */
  readonly checkpoints: Readonly<Record<string, number>>;
}

export type BackupLine =
  | { readonly kind: 'H'; readonly header: BackupHeader }
  | { readonly kind: 'T'; readonly table: string; readonly columns: readonly string[] }
  /** `json`: left as text, so that no number loses a digit on its way. */
  | { readonly kind: 'R'; readonly json: string }
  | { readonly kind: 'F'; readonly shard: number; readonly frame: number; readonly hash: string; readonly bytes: string }
  | { readonly kind: 'O'; readonly name: string; readonly mode: number; readonly bytes: string };

export class BackupUnusable extends Error {
  override readonly name = 'BackupUnusable';
}

/** Writes the lines into a new file, whole or not at all. Throws what the file system throws. */
export async function writeBackup(file: string, lines: AsyncIterable<BackupLine>): Promise<void> {
  const temporary = `${file}.part`;
  try {
    await pipeline(Readable.from(textOf(lines)), createGzip({ level: 6 }), createWriteStream(temporary, { flags: 'wx', mode: 0o600 }));
    await synced(temporary);
    await rename(temporary, file);
    await synced(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(temporary, { force: true });
    throw error;
  }
}

async function* textOf(lines: AsyncIterable<BackupLine>): AsyncIterable<string> {
  const sum = createHash('sha256');
  for await (const line of lines) {
    const text = lineText(line);
    sum.update(text);
    yield text;
  }
  yield `E ${JSON.stringify(sum.digest('hex'))}\n`;
}

function lineText(line: BackupLine): string {
  if (line.kind === 'R') return `R ${line.json}\n`;
  const { kind, ...content } = line;
  return `${kind} ${JSON.stringify(content)}\n`;
}

async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The lines of a file, the header first. Throws `BackupUnusable`, at the latest after the last line (B1). */
export async function* readBackup(file: string): AsyncIterable<BackupLine> {
  const sum = createHash('sha256');
  let state: 'nothing' | 'lines' | 'ended' = 'nothing';
  try {
    const unpacked = createReadStream(file).pipe(createGunzip());
    for await (const text of createInterface({ input: unpacked, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (state === 'ended') throw new BackupUnusable('something follows its end');
      if (state === 'nothing' && !text.startsWith('H ')) throw new BackupUnusable('it is not a backup of Onhand');
      if (text.startsWith('E ')) {
        checkEnd(sum, text);
        state = 'ended';
        continue;
      }
      state = 'lines';
      sum.update(`${text}\n`);
      yield parseLine(text);
    }
  } catch (error) {
    throw error instanceof BackupUnusable ? error : new BackupUnusable(`it cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (state !== 'ended') throw new BackupUnusable('it is cut off');
}

function checkEnd(sum: Hash, text: string): void {
  if (text !== `E ${JSON.stringify(sum.digest('hex'))}`) throw new BackupUnusable('its content has changed since it was written');
}

function parseLine(text: string): BackupLine {
  const [kind, json] = [text[0], text.slice(2)];
  if (kind === 'R') return { kind, json };
  return { kind, ...(JSON.parse(json) as object) } as BackupLine;
}

/** Reads all of it and keeps nothing. Throws `BackupUnusable`. */
export async function checkBackup(file: string, knownMigrations: readonly string[]): Promise<BackupHeader> {
  let header: BackupHeader | null = null;
  for await (const line of readBackup(file)) {
    if (line.kind !== 'H') continue;
    header = line.header;
    if (header.format !== backupFormat) throw new BackupUnusable(`it is of format ${header.format}; this version knows ${backupFormat}`);
    const newer = header.migrations.find((name) => !knownMigrations.includes(name));
    if (newer !== undefined) throw new BackupUnusable(`it was made by a newer version (${newer})`);
  }
  if (header === null) throw new BackupUnusable('it is empty');
  return header;
}
