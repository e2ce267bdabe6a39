/** The shops that sell holds without HTTP, as processes: each with servers of its own, and the number of sessions that suits it. */
import type { Baseline } from './child-port.ts';
import { drive } from './drive.ts';
import type { HoldShop } from './hold-shop.ts';
import { openReadCommitted } from './postgres/read-committed.ts';
import { openSerializable } from './postgres/serializable.ts';
import { startTunedPostgres } from './postgres/server.ts';
import { openSkipLocked } from './postgres/skip-locked.ts';
import { openRedisLocked } from './redis/locked-shop.ts';
import { startRedis } from './redis/server.ts';
import { bestOf, sweep } from './sweep.ts';
import type { Load } from '../side.ts';

type OpenShop = (sessionCount: number) => Promise<HoldShop>;

/** One session is no crowd, but it is tried: it may well win where all want the same row. */
const sessionCandidates = [1, 2, 4, 8, 16, 32];
const sweepSeconds = 1.5;
/** More than one SKU can be asked for in a run, at any rate that this machine reaches. */
const unitsPlenty = 1_000_000_000;
/** Of a shop that keeps one row per unit. */
const unitRowsPerSecond = 20_000;

export async function serializableBaseline(folder: string): Promise<Baseline> {
  const postgres = await startTunedPostgres(folder);
  return new SweptShop(
    (sessions) => openSerializable(postgres.url('owner'), sessions),
    () => unitsPlenty,
    [() => postgres.stop()],
  );
}

export async function readCommittedBaseline(folder: string): Promise<Baseline> {
  const postgres = await startTunedPostgres(folder);
  return new SweptShop(
    (sessions) => openReadCommitted(postgres.url('owner'), sessions),
    () => unitsPlenty,
    [() => postgres.stop()],
  );
}

export async function skipLockedBaseline(folder: string): Promise<Baseline> {
  const postgres = await startTunedPostgres(folder);
  const units = ({ seconds, skus }: Load) => Math.ceil((unitRowsPerSecond * seconds) / skus) + 1_000;
  return new SweptShop((sessions) => openSkipLocked(postgres.url('owner'), sessions), units, [() => postgres.stop()]);
}

export async function redisLockBaseline(folder: string): Promise<Baseline> {
  const redis = await startRedis(folder);
  const postgres = await startTunedPostgres(folder).catch(async (error: unknown) => {
    await redis.stop();
    throw error;
  });
  const open: OpenShop = (sessions) => openRedisLocked(postgres.url('owner'), redis.port, sessions);
  return new SweptShop(open, () => unitsPlenty, [() => postgres.stop(), () => redis.stop()]);
}

/** Opens the shop anew with each candidate before the first run of a kind, and keeps the best. */
class SweptShop implements Baseline {
  readonly #open: OpenShop;
  readonly #unitsEach: (load: Load) => number;
  readonly #servers: readonly (() => Promise<void>)[];
  readonly #best = new Map<string, number>();
  #shop: { readonly sessions: number; readonly shop: HoldShop } | null = null;

  constructor(open: OpenShop, unitsEach: (load: Load) => number, servers: readonly (() => Promise<void>)[]) {
    this.#open = open;
    this.#unitsEach = unitsEach;
    this.#servers = servers;
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
    const current = this.#shop;
    if (current === null) throw new Error('a run begins with fresh stock');
    return drive(load, async (number) => {
      const outcome = await current.shop.hold(`buyer_${number}`, 1 + (number % load.skus));
      return outcome === 'held' ? 'done' : 'refused';
    });
  }

  async stop(): Promise<void> {
    await this.#shop?.shop.close();
    for (const stop of this.#servers) await stop();
  }

  async #sweep({ connections, skus }: Load): Promise<number> {
    const load: Load = { connections, skus, seconds: sweepSeconds };
    const candidates = sessionCandidates.filter((candidate) => candidate <= connections);
    const tried = await sweep(candidates, async (candidate) => {
      await this.#restocked(candidate, load);
      return (await this.run(load)).perSecond;
    });
    const best = bestOf(tried);
    const told = tried.map(({ candidate, perSecond }) => `${candidate}: ${Math.round(perSecond)}/s`).join(', ');
    console.error(`sessions with ${connections} callers on ${skus} SKU(s): ${told}; taken: ${best}`);
    return best;
  }

  async #restocked(sessions: number, load: Load): Promise<void> {
    if (this.#shop?.sessions !== sessions) {
      await this.#shop?.shop.close();
      this.#shop = { sessions, shop: await this.#open(sessions) };
    }
    await this.#shop.shop.restock({ skus: load.skus, unitsEach: this.#unitsEach(load) });
  }
}
