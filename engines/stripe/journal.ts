/**
 * The durable side of the simulator: one line of JSON per act, with what it changed and the answer kept under its key.
 *
 * J1. `append` resolves after its line is synced to disk: what was answered is found again after any crash. Lines that come
 *     while one batch is written go together into the next (group commit).
 * J2. A line is whole or it is nothing: one cut off at the end of the file is dropped when it is read.
 * J3. The file is written anew, from what is alive, at each start and whenever it has grown fourfold. The new one has the
 *     lines that wait in it before it takes its name: no change is ever there without the key it was made under.
 */
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineError } from '../engine-error.ts';
import type { Kept } from './idempotency.ts';
import type { Stored } from './world.ts';

export interface Act {
  readonly stored: readonly Stored[];
  readonly kept: Kept | null;
}

const growthFactor = 4;
const rewriteBytesMinDefault = 16 * 1024 * 1024;

/** The acts of a journal, oldest first; none where there is no file. */
export async function readJournal(path: string): Promise<readonly Act[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  lines.pop(); // J2: '' after the last newline, or the torn line
  return lines.map((line, index) => parseLine(line, index + 1, path));
}

function parseLine(line: string, number: number, path: string): Act {
  try {
    return JSON.parse(line) as Act;
  } catch (cause) {
    throw new EngineError(
      'start_failed',
      `The payments of the Stripe simulator in ${path} are damaged in line ${number}.`,
      'Restore the file, or move it away to begin without payments.',
      cause,
    );
  }
}

interface Waiting {
  readonly line: string;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export class Journal {
  readonly #path: string;
  readonly #alive: () => Iterable<Act>;
  readonly #rewriteBytesMin: number;
  #file: FileHandle;
  #bytes: number;
  #bytesAtRewrite: number;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;

  private constructor(path: string, alive: () => Iterable<Act>, rewriteBytesMin: number, file: FileHandle, bytes: number) {
    this.#path = path;
    this.#alive = alive;
    this.#rewriteBytesMin = rewriteBytesMin;
    this.#file = file;
    this.#bytes = bytes;
    this.#bytesAtRewrite = bytes;
  }

  /** `alive` is everything that a fresh file must say (J3). */
  static async open(path: string, alive: () => Iterable<Act>, rewriteBytesMin = rewriteBytesMinDefault): Promise<Journal> {
    const { file, bytes } = await writeAnew(path, alive(), '');
    return new Journal(path, alive, rewriteBytesMin, file, bytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(act: Act): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ line: `${JSON.stringify(act)}\n`, done, failed });
      this.#writing ??= this.#write();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeBatch(batch.map(({ line }) => line).join(''));
        for (const { done } of batch) done(); // J1
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#writing = null;
  }

  async #writeBatch(text: string): Promise<void> {
    if (this.#bytes > Math.max(this.#rewriteBytesMin, growthFactor * this.#bytesAtRewrite)) {
      await this.#file.close();
      const { file, bytes } = await writeAnew(this.#path, this.#alive(), text); // J3
      this.#file = file;
      this.#bytes = bytes;
      this.#bytesAtRewrite = bytes;
      return;
    }
    await this.#file.appendFile(text);
    await this.#file.datasync();
    this.#bytes += Buffer.byteLength(text);
  }
}

/** Complete beside the old one before it takes its name. */
async function writeAnew(path: string, alive: Iterable<Act>, tail: string): Promise<{ readonly file: FileHandle; readonly bytes: number }> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  const lines: string[] = [];
  for (const act of alive) lines.push(`${JSON.stringify(act)}\n`);
  const text = lines.join('') + tail;
  await file.appendFile(text);
  await file.sync();
  await rename(draft, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync();
  await folder.close();
  return { file, bytes: Buffer.byteLength(text) };
}
