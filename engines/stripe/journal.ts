/**
 * The durable side of the simulator: one line of JSON per act, with what it changed and the answer kept under its key.
 *
 * J1. `append` resolves after its line is synced to disk: what was answered is found again after any crash. Batches begin at
 *     least `apartMs` apart, lines that come meanwhile go together into the next: a payment provider takes longer to answer,
 *     and each sync keeps the disk from the shop's own log. Where nobody hurries nobody waits.
 * J2. A line is whole or it is nothing: one cut off at the end of the file is dropped when it is read.
 * J3. The file is written anew, from what is alive, at each start and whenever it has grown fourfold: a part at a time beside
 *     the old one, which goes on. The new one has every line written since before it takes its name: no change is ever there
 *     without the key it was made under.
 */
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineError } from '../engine-error.ts';
import { ownClock, type SimulatorClock } from './clock.ts';
import type { Kept } from './idempotency.ts';
import type { Stored } from './world.ts';

export interface Act {
  readonly stored: readonly Stored[];
  readonly kept: Kept | null;
}

export const apartMs = 20;
const growthFactor = 4;
/** Written and synced at a time, so that neither this thread nor the disk is away for long. */
const actsPerPart = 500;
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

/** J3: a file that is being written anew. */
interface Draft {
  readonly file: FileHandle;
  /** What the old file got meanwhile. */
  readonly since: string[];
  bytes: number;
  state: 'in work' | 'whole' | 'failed';
}

export interface JournalOptions {
  readonly clock?: Pick<SimulatorClock, 'after'>;
  readonly rewriteBytesMin?: number;
}

export class Journal {
  readonly #path: string;
  readonly #alive: () => Iterable<Act>;
  readonly #rewriteBytesMin: number;
  readonly #clock: Pick<SimulatorClock, 'after'>;
  #file: FileHandle;
  #bytes: number;
  #bytesAtRewrite: number;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  /** The newest batch began less than `apartMs` ago. */
  #isEarly = false;
  #isClosing = false;
  #draft: Draft | null = null;
  #drafting: Promise<void> | null = null;

  private constructor(path: string, alive: () => Iterable<Act>, { file, bytes }: Draft, options: JournalOptions) {
    this.#path = path;
    this.#alive = alive;
    this.#rewriteBytesMin = options.rewriteBytesMin ?? rewriteBytesMinDefault;
    this.#clock = options.clock ?? ownClock;
    this.#file = file;
    this.#bytes = bytes;
    this.#bytesAtRewrite = bytes;
  }

  /** `alive` is everything that a fresh file must say (J3). */
  static async open(path: string, alive: () => Iterable<Act>, options: JournalOptions = {}): Promise<Journal> {
    const draft = await newDraft(path);
    await fill(draft, [...alive()]);
    await takeName(draft, path);
    return new Journal(path, alive, draft, options);
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(act: Act): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ line: `${JSON.stringify(act)}\n`, done, failed });
      this.#next();
    });
  }

  /** Writes what waits first. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (this.#next(); this.#writing !== null; ) await this.#writing;
    await this.#drafting;
    await this.#file.close();
    if (this.#draft !== null) await drop(this.#draft, this.#path);
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#writing !== null || (this.#isEarly && !this.#isClosing)) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#isEarly = true;
    this.#clock.after(apartMs, () => {
      this.#isEarly = false;
      this.#next();
    });
    this.#writing = this.#write(batch);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#writeBatch(batch.map(({ line }) => line).join(''));
      for (const { done } of batch) done(); // J1
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
    this.#writing = null;
    this.#next();
  }

  async #writeBatch(text: string): Promise<void> {
    const isLong = this.#bytes > Math.max(this.#rewriteBytesMin, growthFactor * this.#bytesAtRewrite);
    if (this.#draft === null && isLong) await this.#begin();
    await this.#file.appendFile(text);
    await this.#file.datasync();
    this.#bytes += Buffer.byteLength(text);
    if (this.#draft !== null) await this.#follow(this.#draft, text);
  }

  /** J3: of what is alive a part may stand in lines that wait, or are about to be written: they come once more. */
  async #begin(): Promise<void> {
    const draft = await newDraft(this.#path); // by then those whose lines are written have made of them what is alive
    this.#draft = draft;
    const ended = (state: Draft['state']) => (): void => void (draft.state = state);
    this.#drafting = fill(draft, [...this.#alive()]).then(ended('whole'), ended('failed'));
  }

  async #follow(draft: Draft, text: string): Promise<void> {
    draft.since.push(text);
    if (draft.state === 'in work') return;
    this.#draft = null;
    if (draft.state === 'failed') return drop(draft, this.#path); // the old one is whole; it is tried again with the next line
    await this.#file.close(); // if the new one cannot take its name, nobody knows which is the journal: nothing more is written
    await takeName(draft, this.#path);
    this.#file = draft.file;
    this.#bytes = draft.bytes;
    this.#bytesAtRewrite = draft.bytes;
  }
}

async function newDraft(path: string): Promise<Draft> {
  return { file: await open(`${path}.new`, 'w', 0o600), since: [], bytes: 0, state: 'in work' };
}

async function fill(draft: Draft, alive: readonly Act[]): Promise<void> {
  for (let from = 0; from < alive.length; from += actsPerPart) {
    const lines = alive.slice(from, from + actsPerPart).map((act) => `${JSON.stringify(act)}\n`);
    await add(draft, lines.join(''));
  }
}

async function add(draft: Draft, text: string): Promise<void> {
  await draft.file.appendFile(text);
  await draft.file.datasync();
  draft.bytes += Buffer.byteLength(text);
}

/** Complete beside the old one before it takes its name. */
async function takeName(draft: Draft, path: string): Promise<void> {
  await add(draft, draft.since.join(''));
  await draft.file.sync();
  await rename(`${path}.new`, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync();
  await folder.close();
}

async function drop(draft: Draft, path: string): Promise<void> {
  await draft.file.close();
  await rm(`${path}.new`, { force: true });
}
