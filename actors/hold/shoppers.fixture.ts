/**
 * Shoppers with holds of several lines: they take, change, extend, commit, release, walk away, ask again when
 * no answer comes, and ask again although one came. They decide what happens; whether it was right is `judge.fixture.ts`.
 *
 * Used by tests alone.
 */
import type { CouponCommand, CouponTerms } from '../coupon/commands.ts';
import { couponDefinition } from '../coupon/index.ts';
import { actorId, type ActorId } from '../kernel/index.ts';
import { holdDefinition, type HoldCommand, type HoldLine, type MultiHoldReply } from './index.ts';
import type { StockCommand } from '../stock/commands.ts';
import { stockDefinition } from '../stock/index.ts';
import { store, startedAt } from './kit.fixture.ts';
import { World, type Answer } from './world.fixture.ts';

export interface Shop {
  readonly world: World;
  readonly skus: readonly string[];
  /** Units received, by SKU. */
  readonly received: ReadonlyMap<string, number>;
  /** How often each code may be used; empty in a shop without codes. The first has the text of an SKU. */
  readonly codes: ReadonlyMap<string, number>;
  /** Uses given back after their hold was committed, by `useGivenBack`. */
  readonly givenBack: Set<string>;
  /** What each hold was when last seen. */
  readonly statuses: Map<string, string>;
  /** Every answer to a command that names itself, in the order of arrival. */
  readonly answers: Map<string, MultiHoldReply[]>;
}

type Done = (answer: Answer | null) => void;

const triesMax = 12;

export function openShop(seed: number, options: { readonly withCodes?: boolean } = {}): Shop {
  const world = new World([holdDefinition, stockDefinition, couponDefinition], seed, startedAt, {
    delayMsMax: 200,
    lateShare: 0.03,
    lateMsMax: 45_000,
    lostShare: 0.1,
    doubledShare: 0.1,
    reloadShare: 0.1,
    tickLateMsMax: 3_000,
  });
  const skus = Array.from({ length: world.random.whole(2, 5) }, (_, index) => `SKU-${index}`);
  const received = new Map<string, number>();
  for (const sku of skus) {
    for (const location of ['main', 'north']) {
      const quantity = world.random.whole(1, 9);
      const command: StockCommand = { type: 'receive', location, quantity, commandId: `receive-${sku}-${location}`, fingerprint: 'f' };
      world.tell(stockOf(sku), command);
      received.set(sku, (received.get(sku) ?? 0) + quantity);
    }
  }
  const codes = new Map<string, number>();
  if (options.withCodes === true) for (const code of [skus[0]!, 'WELCOME']) codes.set(code, defineCode(world, code));
  return { world, skus, received, codes, givenBack: new Set(), statuses: new Map(), answers: new Map() };
}

function defineCode(world: World, code: string): number {
  const usesMax = world.random.whole(1, 4);
  const terms: CouponTerms = { usesMax, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };
  const command: CouponCommand = { type: 'define', terms, commandId: `define-${code}`, fingerprint: 'f' };
  world.tell(couponOf(code), command);
  return usesMax;
}

export function stockOf(sku: string): ActorId {
  return actorId('stock', store, sku);
}

export function couponOf(code: string): ActorId {
  return actorId('coupon', store, code);
}

export function useGivenBack(code: string, holdId: string): string {
  return `${code} ${holdId}`;
}

export class Shopper {
  readonly #shop: Shop;
  readonly #id: ActorId;
  readonly #buyer: string;
  #commands = 0;

  constructor(shop: Shop, index: number) {
    this.#shop = shop;
    this.#id = actorId('hold', store, `hold-${index}`);
    this.#buyer = `buyer-${index}`;
  }

  arrive(): void {
    const { world } = this.#shop;
    world.later(world.random.whole(0, 30_000), () => {
      if (world.random.happens(0.3)) this.#holdOneFirst();
      else this.#take(this.#lines());
    });
  }

  /** A one-line hold that the first line then absorbs. */
  #holdOneFirst(): void {
    const { world, skus } = this.#shop;
    const sku = world.random.pick(skus);
    const holdId = `one-${this.#buyer}`;
    const hold: StockCommand = {
      type: 'hold',
      holdId,
      fingerprint: 'f',
      buyer: this.#buyer,
      quantity: world.random.whole(1, 3),
      ttlMs: world.random.whole(5_000, 90_000),
      nearness: [],
    };
    this.#ask(stockOf(sku), hold, (answer) => {
      const got = answer !== null && 'reply' in answer;
      this.#take(got ? [{ sku, quantity: world.random.whole(1, 4), absorbs: holdId }, ...this.#lines()] : this.#lines());
    });
  }

  #lines(): HoldLine[] {
    const { random } = this.#shop.world;
    const skus = random.happens(0.03) ? [...this.#shop.skus, 'unknown'] : this.#shop.skus;
    const lines = Array.from({ length: random.whole(1, 5) }, (): HoldLine => ({ sku: random.pick(skus), quantity: random.whole(1, 3) }));
    const codes = [...this.#shop.codes.keys()];
    if (codes.length > 0 && random.happens(0.7)) lines.push({ kind: 'coupon', sku: random.pick(codes), quantity: random.whole(1, 2) });
    return lines;
  }

  #take(lines: readonly HoldLine[]): void {
    const { world } = this.#shop;
    const { random } = world;
    const ttlMs = random.whole(5_000, 60_000);
    const command: HoldCommand = { type: 'take', ...this.#once(), buyer: this.#buyer, lines, ttlMs, nearness: [] };
    if (random.happens(0.1)) world.later(random.whole(0, 5_000), () => this.#end());
    const take = (again: number): void => {
      this.#ask(this.#id, command, (answer) => {
        if (answer !== null && 'reply' in answer) this.#goOn(3);
        else if (again > 0 && random.happens(0.5)) world.later(random.whole(0, 10_000), () => take(again - 1));
      });
    };
    take(2);
  }

  /** Held: something more, or the end of it. */
  #goOn(stepsLeft: number): void {
    const { random } = this.#shop.world;
    // Sometimes at once: what the last step gave back is then still on its way.
    const next = (): void =>
      this.#shop.world.later(random.happens(0.3) ? 0 : random.whole(0, 8_000), () =>
        stepsLeft > 0 ? this.#goOn(stepsLeft - 1) : this.#end(),
      );
    const what = random.share();
    if (what < 0.4)
      return this.#ask(
        this.#id,
        { type: 'retake', ...this.#once(), buyer: this.#buyer, lines: this.#lines(), ttlMs: random.whole(5_000, 60_000), nearness: [] },
        next,
      );
    if (what < 0.6)
      return this.#ask(this.#id, { type: 'extend', ...this.#once(), buyer: this.#buyer, ttlMs: random.whole(5_000, 60_000) }, next);
    if (what < 0.7) return; // walks away
    this.#end();
  }

  #end(): void {
    const { random } = this.#shop.world;
    const buyer = random.happens(0.5) ? null : this.#buyer;
    const command: HoldCommand = random.happens(0.65) ? { type: 'commit', buyer } : { type: 'release', buyer };
    this.#ask(this.#id, command, () => {});
  }

  #once(): { readonly commandId: string; readonly fingerprint: string } {
    const commandId = `${this.#buyer}-${this.#commands++}`;
    return { commandId, fingerprint: `of-${commandId}` };
  }

  /** Sends until there is an answer; one in ten goes on although there is. */
  #ask(id: ActorId, command: HoldCommand | StockCommand, done: Done): void {
    const { world, answers } = this.#shop;
    const stubborn = world.random.happens(0.1);
    let answered = false;
    const hear = (answer: Answer): void => {
      if ('commandId' in command && 'reply' in answer)
        answers.set(command.commandId, [...(answers.get(command.commandId) ?? []), answer.reply as MultiHoldReply]);
      if (answered || isBusy(answer)) return;
      answered = true;
      done(answer);
    };
    const attempt = (tries: number): void => {
      if (answered && !(stubborn && tries < 4)) return;
      if (tries >= triesMax) {
        if (!answered) done(null);
        answered = true;
        return;
      }
      world.send(id, command, hear);
      world.later(world.random.whole(1_000, 6_000), () => attempt(tries + 1));
    };
    attempt(0);
  }
}

function isBusy(answer: Answer): boolean {
  return 'refusal' in answer && answer.refusal.code === 'hold_busy';
}
