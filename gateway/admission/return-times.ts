/**
 * When those who were turned away should come again: each is told a time of its own, as far apart as the work goes, so
 * that they come back as a line and not as a second rush.
 *
 * R1. More are told a time than could be served by then: a door nobody stands at costs more than to send somebody away
 *     again, and not all come again.
 * R2. Nobody is told more than `mostMs`. Who would be is spread over the second half of it, and told anew then.
 */
import { assert } from '../../actors/kernel/index.ts';

const toldPerPlace = 4;

export class ReturnTimes {
  readonly #leastMs: number;
  readonly #mostMs: number;
  /** By line: when the newest who was turned away should come. Times that have passed are forgotten. */
  readonly #newestMs = new Map<string, number>();

  constructor(leastMs: number, mostMs: number) {
    assert(leastMs > 0 && leastMs < mostMs / 2, 'there is room between the least and the most');
    this.#leastMs = leastMs;
    this.#mostMs = mostMs;
  }

  /** In ms from now. `perSecond`: how much work of this line is done. */
  next(line: string, nowMs: number, perSecond: number): number {
    const apartMs = 1_000 / (perSecond * toldPerPlace); // R1
    const atMs = Math.max(nowMs + this.#leastMs, this.#newestMs.get(line) ?? 0) + apartMs;
    this.#newestMs.set(line, atMs);
    const inMs = atMs - nowMs;
    const halfMs = this.#mostMs / 2;
    return inMs <= this.#mostMs ? inMs : halfMs + (inMs % halfMs); // R2
  }

  forgetPassed(nowMs: number): void {
    for (const [line, atMs] of this.#newestMs) if (atMs <= nowMs) this.#newestMs.delete(line);
  }
}
