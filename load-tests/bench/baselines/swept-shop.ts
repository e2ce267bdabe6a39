/**
 * A shop without HTTP as a baseline: opened anew with each number of sessions before the first run of a kind (so many
 * callers, so many SKUs), then kept with the fastest.
 */
import type { Load } from '../side.ts';
import type { Baseline } from './child-port.ts';
import { type Answer, drive } from './drive.ts';
import type { Stock } from './hold-shop.ts';
import { bestOf, sweep } from './sweep.ts';

export interface PressedShop {
  restock(stock: Stock): Promise<void>;
  /** `number` counts the questions of a run. */
  press(number: number, sku: number): Promise<Answer>;
  close(): Promise<void>;
}

export interface SweptShopOptions {
  readonly open: (sessionCount: number) => Promise<PressedShop>;
  /** More than this load can take. */
  readonly unitsEach: (load: Load) => number;
  /** Ended after the shop, in this order. */
  readonly servers: readonly { stop(): Promise<void> }[];
}

/** One session is no crowd, but it is tried: it may well win where all want the same row. */
const sessionCandidates = [1, 2, 4, 8, 16, 32];
const sweepSeconds = 1.5;

export class SweptShop implements Baseline {
  readonly #options: SweptShopOptions;
  readonly #best = new Map<string, number>();
  #open: { readonly sessions: number; readonly shop: PressedShop } | null = null;

  constructor(options: SweptShopOptions) {
    this.#options = options;
  }

  async prepare(load: Load): Promise<void> {
    const kind = `${load.connections} ${load.skus}`;
    let best = this.#best.get(kind);
    if (best === undefined) {
      best = await this.#sweep(load);
      this.#best.set(kind, best);
    }
    await this.#restocked(best, load);
  }

  run(load: Load): ReturnType<typeof drive> {
    const current = this.#open;
    if (current === null) throw new Error('a run begins with fresh stock');
    return drive(load, (number) => current.shop.press(number, 1 + (number % load.skus)));
  }

  async stop(): Promise<void> {
    await this.#open?.shop.close();
    for (const server of this.#options.servers) await server.stop();
  }

  async #sweep({ connections, skus }: Load): Promise<number> {
    const load: Load = { connections, skus, seconds: sweepSeconds };
    const candidates = sessionCandidates.filter((candidate) => candidate <= connections);
    const attempt = async (candidate: number): Promise<number> => {
      await this.#restocked(candidate, load);
      return (await this.run(load)).perSecond;
    };
    const [first] = candidates;
    if (first !== undefined) await attempt(first); // the program is compiled as it runs: the first must not pay for it
    const tried = await sweep(candidates, attempt);
    const best = bestOf(tried);
    const told = tried.map(({ candidate, perSecond }) => `${candidate}: ${Math.round(perSecond)}/s`).join(', ');
    console.error(`sessions with ${connections} callers on ${skus} SKU(s): ${told}; taken: ${best}`);
    return best;
  }

  async #restocked(sessions: number, load: Load): Promise<void> {
    if (this.#open?.sessions !== sessions) {
      await this.#open?.shop.close();
      this.#open = null;
      this.#open = { sessions, shop: await this.#options.open(sessions) };
    }
    await this.#open.shop.restock({ skus: load.skus, unitsEach: this.#options.unitsEach(load) });
  }
}
