/**
 * Reads the books back over the admin API: levels, movements and holds. Uses plain `fetch`, not the
 * buyers' client, so that a fault there cannot hide a fault here.
 */
import { type BooksSource, get, list, number, readsAtOnceMax, text } from './books-wire.ts';
import type { BookHold, BookLevel, BookMovement, Books } from './observations.ts';

const retryMs = 250;
/** The limit that the API promises: how far the database may lag behind. */
const writeBehindLagMaxMs = 30_000;

export async function readBooks(source: BooksSource, sku: string, holdIds: readonly string[]): Promise<Books> {
  const { levels, movements } = await readSettledBooks(source, sku);
  return { levels, movements, holds: await readHolds(source, holdIds) };
}

/** Movements are read from the database, which follows the memory that levels are read from: they are read
 *  until they agree, or until the database has had all the time it may take. */
export async function readSettledBooks(source: BooksSource, sku: string): Promise<{ levels: BookLevel[]; movements: FullMovement[] }> {
  const untilMs = performance.now() + writeBehindLagMaxMs;
  for (;;) {
    const levels = await readLevels(source, sku);
    const movements: FullMovement[] = [];
    for await (const movement of readMovements(source, sku)) movements.push(movement);
    const onHand = levels.reduce((total, level) => total + level.onHand, 0);
    const moved = movements.reduce((total, movement) => total + movement.delta, 0);
    if (onHand === moved || performance.now() > untilMs) return { levels, movements };
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

export async function readLevels(source: BooksSource, sku: string): Promise<BookLevel[]> {
  const stock = await get(source, `/v1/admin/stock/${encodeURIComponent(sku)}`);
  if (stock === null) return [];
  return list(stock, 'levels').map((level) => ({
    location: text(level, 'location'),
    onHand: number(level, 'onHand'),
    available: number(level, 'available'),
    held: number(level, 'held'),
    committed: number(level, 'committed'),
    allotted: number(level, 'allotted'),
    damaged: number(level, 'damaged'),
    safetyStock: number(level, 'safetyStock'),
  }));
}

export interface FullMovement extends BookMovement {
  readonly holdId: string | null;
  /** Of the SKU's stock: one command, one version. */
  readonly version: number;
}

/** Every movement of a SKU, page by page. */
export async function* readMovements(source: BooksSource, sku: string): AsyncGenerator<FullMovement> {
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? 'limit=500' : `limit=500&cursor=${encodeURIComponent(cursor)}`;
    const page = await get(source, `/v1/admin/stock/${encodeURIComponent(sku)}/movements?${query}`);
    if (page === null) return;
    for (const movement of list(page, 'items')) {
      yield {
        kind: text(movement, 'kind'),
        location: text(movement, 'location'),
        delta: number(movement, 'quantity'),
        version: number(movement, 'version'),
        holdId: typeof movement['holdId'] === 'string' ? movement['holdId'] : null,
      };
    }
    const next = page['next'];
    cursor = typeof next === 'string' ? next : null;
  } while (cursor !== null);
}

/** The SKU's version, or 0 when the server has never heard of it: what moves afterwards has a higher one. */
export async function readVersion(source: BooksSource, sku: string): Promise<number> {
  const stock = await get(source, `/v1/admin/stock/${encodeURIComponent(sku)}`);
  return stock === null ? 0 : number(stock, 'version');
}

async function readHolds(source: BooksSource, holdIds: readonly string[]): Promise<Map<string, BookHold>> {
  const holds = new Map<string, BookHold>();
  const left = [...new Set(holdIds)];
  const reader = async (): Promise<void> => {
    for (let holdId = left.pop(); holdId !== undefined; holdId = left.pop()) {
      const hold = await get(source, `/v1/holds/${encodeURIComponent(holdId)}`);
      if (hold === null) continue;
      const quantity = list(hold, 'lines').reduce((total, line) => total + number(line, 'quantity'), 0);
      holds.set(holdId, { status: text(hold, 'status'), quantity });
    }
  };
  await Promise.all(Array.from({ length: readsAtOnceMax }, reader));
  return holds;
}
