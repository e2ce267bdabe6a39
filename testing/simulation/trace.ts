/**
 * What happened in a world, in order: the last lines for whoever reads a failure, and one hash over all
 * of them by which two runs of a seed are told to be the same.
 */
import { createHash, type Hash } from 'node:crypto';

const linesKept = 60;

export class Trace {
  readonly #hash: Hash = createHash('sha256');
  readonly #lines: string[] = [];
  readonly #echo: ((line: string) => void) | null;
  #count = 0;

  constructor(echo: ((line: string) => void) | null = null) {
    this.#echo = echo;
  }

  line(atMs: number, what: string): void {
    const line = `${atMs.toFixed(3)} ${what}`;
    this.#hash.update(line);
    this.#lines[this.#count % linesKept] = line;
    this.#count += 1;
    this.#echo?.(line);
  }

  /** The newest lines, oldest first. */
  recent(count = 40): readonly string[] {
    const lines: string[] = [];
    for (let at = Math.max(0, this.#count - Math.min(count, linesKept)); at < this.#count; at += 1) {
      lines.push(this.#lines[at % linesKept] as string);
    }
    return lines;
  }

  get count(): number {
    return this.#count;
  }

  /** Ends the trace: nothing can be added afterwards. */
  digest(): string {
    return this.#hash.digest('hex').slice(0, 32);
  }
}
