/**
 * A real server is killed at an exact point of a checkout and started again: the order finishes by itself, whoever
 * asks again with the same key hears of the same order, and units, orders and money agree.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { freshDirectory, type ServerUnderTest, startServer } from '../../../load-tests/server.ts';
import { verifyFolder } from '../../../load-tests/verify-folder.ts';
import { prepareFolder } from '../../prepared-folder.ts';
import { eventually } from '../../until.ts';
import { disagreements } from './audit.ts';
import { codeOf, type Heard, type OrderSeen, settlesWithinMs, Shop, type Wish } from './shop.ts';

/** How far the append of the frame has come, and what the frame says. */
export type KillPoint = `${'sent' | 'acknowledged'} ${string}`;

export interface KillableOptions {
  readonly preload?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const moving = new Set(['pending', 'requires_action', 'capturing', 'voiding', 'refunding']);

/** Orders are listed moments after they are placed. */
const neverPlacedAfterMs = 2_000;

/** A shop whose server ends by order. */
export class Killable implements AsyncDisposable {
  readonly server: ServerUnderTest;
  readonly shop: Shop;
  readonly #folder: string;
  #newestBefore = '';

  private constructor(server: ServerUnderTest, shop: Shop, folder: string) {
    this.server = server;
    this.shop = shop;
    this.#folder = folder;
  }

  static async start({ preload = [], environment = {} }: KillableOptions = {}): Promise<Killable> {
    const folder = await freshDirectory();
    const server = await startServer({
      prepare: prepareFolder,
      preload: ['testing/preload/kill-at-append.ts', ...preload],
      environment: { ...environment, ONHAND_TEST_KILL: join(folder, 'order') },
    });
    return new Killable(server, await Shop.of(server), folder);
  }

  /** A checkout of the merchant's, whose scope is the same after every start; the server is down afterwards. */
  async killedDuring(point: KillPoint, wish: Wish, key: string): Promise<void> {
    this.#newestBefore = (await this.#newest()).orderId;
    const heard = await this.killedWhen(point, () => this.shop.checkout(null, wish, key));
    // a verdict that was acknowledged may have been told; nothing else
    if (heard !== null) expect([201, 402], point).toContain(heard.status);
  }

  /** Null: nothing was heard of it. */
  async killedWhen(point: KillPoint, act: () => Promise<Heard | null>): Promise<Heard | null> {
    const order = join(this.#folder, 'order');
    writeFileSync(order, point);
    const heard = await act().catch(() => null);
    await eventually(`the server has been killed at "${point}"`, () => this.server.pid === null);
    expect(existsSync(order), 'it was killed by the order, not by something else').toBe(false);
    return heard;
  }

  /** How the newest order ended, by itself, and how long that took after the server was ready; then it is asked for again. */
  async recovers(key: string, wish: Wish): Promise<{ readonly ending: string; readonly afterMs: number }> {
    await this.server.start();
    const readyAtMs = performance.now();
    const seen = { ending: '', isNew: false };
    await eventually(
      'the newest order moves no more',
      async () => {
        const { orderId, status, paymentStatus } = await this.#newest();
        Object.assign(seen, { ending: status, isNew: orderId !== this.#newestBefore });
        if (!seen.isNew) return performance.now() - readyAtMs > neverPlacedAfterMs;
        return status !== 'pending' && !moving.has(paymentStatus);
      },
      settlesWithinMs,
    );
    const afterMs = performance.now() - readyAtMs;
    const [again, twice] = [await this.#asked(wish, key), await this.#asked(wish, key)];
    expect(again.body['orderId']).toBe(twice.body['orderId']);
    // the frame that placed it was never written: it is placed now
    return { ending: seen.isNew ? seen.ending : codeOf(again) === 'payment_failed' ? 'failed' : codeOf(again), afterMs };
  }

  #asked(wish: Wish, key: string): Promise<Heard> {
    return this.shop.settled(() => this.shop.checkout(null, wish, key));
  }

  async #newest(): Promise<OrderSeen> {
    const { body } = await this.shop.call('GET', '/v1/admin/orders?limit=1');
    const [newest] = (body['items'] ?? []) as readonly { readonly orderId: string }[];
    return newest === undefined
      ? { orderId: '', number: null, status: 'never placed', paymentStatus: 'none' }
      : this.shop.order(newest.orderId);
  }

  /** The end of it all: the books agree, also with what is on the disk. */
  async expectAgreed(opening: Readonly<Record<string, number>>): Promise<void> {
    expect(await disagreements(this.shop, opening)).toEqual([]);
    await this.server.stop();
    const verified = await verifyFolder(this.server.dataDirectory);
    expect(verified, verified.output).toMatchObject({ exitCode: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function newKey(): string {
  return randomUUID();
}
