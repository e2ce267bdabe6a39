/**
 * Frames of holds as a shard projects them: decided, applied and turned into rows by the stock actor itself. Both sides of
 * the comparison of writers write what comes from here.
 *
 * H1. Products are replaced by fresh ones after so many holds, so that this process remembers few.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { type ActorId, actorId, noUndo, type Row, type StampedEvent } from '../../../../actors/kernel/index.ts';
import { type StockCommand, type StockEvent, type StockState, stockDefinition } from '../../../../actors/stock/index.ts';
import { limits } from '../../../../runtime/limits.ts';
import { logStart } from '../../../../runtime/log/port.ts';
import type { ActorRow } from '../../../../runtime/rows/port.ts';
import { actorsTable, rowOfActor, type StoredTable } from '../../../../runtime/rows/table-set.ts';
import type { ProjectedFrame } from '../../../../runtime/write-behind/write-behind.ts';

/** H1. */
const holdsPerProductMax = 20_000;
const unitsPerProduct = 1_000_000;
const holdTtlMs = 600_000;
const store = `store_${randomUUID()}`;

interface Product {
  readonly id: ActorId;
  state: StockState;
  holds: number;
}

export interface HoldFramesOptions {
  readonly shard: number;
  readonly products: number;
  readonly holdsPerFrame: number;
}

export class HoldFrames {
  readonly #options: HoldFramesOptions;
  readonly #products: Product[];
  #made = 0;
  #frame = logStart.frame;
  #at = Date.now();

  constructor(options: HoldFramesOptions) {
    this.#options = options;
    this.#products = Array.from({ length: options.products }, () => this.#newProduct());
  }

  next(): ProjectedFrame {
    this.#frame += 1;
    this.#at += 1;
    const { shard, holdsPerFrame } = this.#options;
    const actors: ActorRow[] = [];
    const changes: ProjectedFrame['batch']['changes'][number][] = [];
    const each = Math.max(1, Math.round(holdsPerFrame / this.#products.length));
    for (const [index, product] of this.#products.entries()) {
      const events = this.#take(product, each);
      actors.push({
        actor: product.id,
        shard,
        version: product.state.version,
        deadline: stockDefinition.deadline(product.state),
        owes: false,
        format: stockDefinition.format,
      });
      for (const change of stockDefinition.rows(product.id, events, product.state)) changes.push(change);
      if (product.holds >= holdsPerProductMax) this.#products[index] = this.#newProduct(); // H1
    }
    const hash = String(this.#frame).padStart(logStart.hash.length, '0');
    return { position: { frame: this.#frame, hash }, bytes: 0, batch: { actors, changes } };
  }

  #take(product: Product, count: number): StampedEvent<StockEvent>[] {
    const events: StampedEvent<StockEvent>[] = [];
    for (let taken = 0; taken < count; taken += 1) {
      const holdId = `hold_${randomUUID()}.${Buffer.from(product.id.id).toString('base64url')}`;
      this.#decide(product, events, {
        type: 'hold',
        holdId,
        fingerprint: randomBytes(8).toString('base64url'),
        buyer: `buyer_${randomUUID()}`,
        quantity: 1,
        ttlMs: holdTtlMs,
        nearness: [],
      });
    }
    product.holds += count;
    return events;
  }

  #newProduct(): Product {
    const { shard } = this.#options;
    this.#made += 1;
    const id = actorId('stock', store, `SKU-${shard}-${this.#made}`);
    const product: Product = { id, state: stockDefinition.initial(id), holds: 0 };
    const received = {
      type: 'receive',
      location: 'main',
      quantity: unitsPerProduct,
      commandId: randomUUID(),
      fingerprint: 'first',
    } as const;
    this.#decide(product, [], received);
    return product;
  }

  #decide(product: Product, events: StampedEvent<StockEvent>[], command: StockCommand): void {
    const decision = stockDefinition.decide(product.state, command, this.#at);
    if (decision.kind !== 'accepted') throw new Error(`the stock actor answered ${JSON.stringify(decision)}`);
    for (const event of decision.events) {
      product.state = stockDefinition.apply(product.state, event, this.#at, noUndo);
      events.push({ event, version: product.state.version, at: this.#at });
    }
  }
}

/** Rows of one table, each key once, the newest of each. */
export interface TableRows {
  readonly table: StoredTable;
  readonly rows: readonly Row[];
}

const stored = new Map<string, StoredTable>([
  [actorsTable.name, actorsTable],
  ...stockDefinition.tables.map(({ name, columns, key }) => [name, { name, columns: Object.entries(columns), key }] as const),
]);

/** The same frames as batches of final rows, as many frames together as write-behind takes at most; of new rows, which wait
 *  for nobody here, more than it takes. */
export function mergedBatches(frames: readonly ProjectedFrame[]): readonly (readonly TableRows[])[] {
  const batches: (readonly TableRows[])[] = [];
  let open: ProjectedFrame[] = [];
  let changes = 0;
  for (const frame of frames) {
    if (open.length > 0 && changes + frame.batch.changes.length > limits.writeBehindRowsMax) {
      batches.push(merged(open));
      open = [];
      changes = 0;
    }
    open.push(frame);
    changes += frame.batch.changes.length;
  }
  if (open.length > 0) batches.push(merged(open));
  return batches;
}

function merged(frames: readonly ProjectedFrame[]): readonly TableRows[] {
  const byTable = new Map<string, Map<string, Row>>();
  const put = (table: string, row: Row): void => {
    let rows = byTable.get(table);
    if (rows === undefined) byTable.set(table, (rows = new Map()));
    rows.set(
      tableOf(table)
        .key.map((column) => String(row[column]))
        .join('\u0000'),
      row,
    ); // frames come oldest first
  };
  for (const { batch } of frames) {
    for (const actor of batch.actors) put(actorsTable.name, rowOfActor(actor));
    for (const { table, row } of batch.changes) put(table, row);
  }
  return [...byTable].map(([name, rows]) => ({ table: tableOf(name), rows: [...rows.keys()].sort().map((key) => rows.get(key) ?? {}) }));
}

function tableOf(name: string): StoredTable {
  const table = stored.get(name);
  if (table === undefined) throw new Error(`holds write no rows of ${name}`);
  return table;
}

export function rowCount(batches: readonly (readonly TableRows[])[]): number {
  return batches.flat().reduce((sum, { rows }) => sum + rows.length, 0);
}
