/**
 * Collects what many ask for and asks Postgres once: while batches are under way, the next one fills. As many are under
 * way as there are sessions; a batch leaves as soon as a session is free, so at low rates nobody waits for company.
 *
 * A1. Nobody is answered before the transaction that keeps their hold is committed.
 * A2. The common case is one statement that inserts first and touches the stock last, so that the contested row is locked
 *     only while it is decremented and committed. When the stock does not reach for all, that statement
 *     does nothing, and the batch is divided by another, under the lock, in the order in which they came.
 * A3. Whoever came too late in a batch, but asks for no more than what is left, is asked for again.
 */
import type pg from 'pg';
import { Sessions } from '../postgres/sessions.ts';
import { makeBatchTables, reserveHoldIds, stockTooLow, takeAll, takeFitting } from './batch-sql.ts';

export interface Wanted {
  readonly sku: number;
  readonly quantity: number;
  readonly buyer: string;
  /** Null: there is not enough. Called once. */
  held(holdId: number | null): void;
  failed(): void;
}

export interface BatcherOptions {
  /** Batches under way at once. */
  readonly sessions: number;
  readonly batchSizeMax: number;
}

interface Fitting {
  readonly place: number;
  readonly taken: boolean;
  readonly available: number;
}

export class Batcher {
  readonly #sessions: Sessions;
  readonly #options: BatcherOptions;
  #waiting: Wanted[] = [];
  #underWay = 0;
  #isTurnPlanned = false;
  #nextHoldId: number;

  private constructor(sessions: Sessions, options: BatcherOptions, firstHoldId: number) {
    this.#sessions = sessions;
    this.#options = options;
    this.#nextHoldId = firstHoldId;
  }

  static async open(url: string, options: BatcherOptions): Promise<Batcher> {
    await makeBatchTables(url);
    const firstHoldId = await reserveHoldIds(url);
    return new Batcher(await Sessions.open(url, options.sessions), options, firstHoldId);
  }

  ask(wanted: Wanted): void {
    this.#waiting.push(wanted);
    if (this.#isTurnPlanned || this.#underWay >= this.#options.sessions) return;
    this.#isTurnPlanned = true;
    setImmediate(() => this.#send()); // whatever else came with this turn of the event loop goes along
  }

  close(): Promise<void> {
    return this.#sessions.close();
  }

  #send(): void {
    this.#isTurnPlanned = false;
    while (this.#waiting.length > 0 && this.#underWay < this.#options.sessions) {
      const batch = this.#waiting.length <= this.#options.batchSizeMax ? this.#waiting : this.#waiting.slice(0, this.#options.batchSizeMax);
      this.#waiting = batch === this.#waiting ? [] : this.#waiting.slice(batch.length);
      this.#underWay += 1;
      void this.#sessions
        .use((session) => this.#settle(session, batch))
        .catch(() => batch.forEach((one) => one.failed()))
        .finally(() => {
          this.#underWay -= 1;
          this.#send();
        });
    }
  }

  /** A1, A2. */
  async #settle(session: pg.Client, batch: readonly Wanted[]): Promise<void> {
    const firstId = this.#nextHoldId;
    this.#nextHoldId += batch.length;
    const columns = columnsOf(batch);
    try {
      await session.query({ ...takeAll, values: [firstId, ...columns, ...totalsOf(batch)] });
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== stockTooLow) throw error;
      const { rows } = await session.query<Fitting>({ ...takeFitting, values: [firstId, ...columns] });
      return this.#divide(batch, firstId, rows);
    }
    for (let index = 0; index < batch.length; index += 1) batch[index]?.held(firstId + index);
  }

  #divide(batch: readonly Wanted[], firstId: number, rows: readonly Fitting[]): void {
    for (const { place, taken, available } of rows) {
      const one = batch[place - 1];
      if (one === undefined) continue;
      if (taken) one.held(firstId + place - 1);
      else if (one.quantity <= available)
        this.ask(one); // A3
      else one.held(null);
    }
  }
}

/** As array literals: the driver's own conversion looks at every element as if it could be anything. */
function columnsOf(batch: readonly Wanted[]): readonly string[] {
  let skus = '{';
  let quantities = '{';
  let buyers = '{';
  for (const { sku, quantity, buyer } of batch) {
    skus += `${sku},`;
    quantities += `${quantity},`;
    buyers += `"${buyer}",`;
  }
  return [closed(skus), closed(buyers), closed(quantities)];
}

/** By SKU, in the order in which all batches lock them: two that share SKUs never wait for each other in a circle. */
function totalsOf(batch: readonly Wanted[]): readonly string[] {
  const totals = new Map<number, number>();
  for (const { sku, quantity } of batch) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  const skus = [...totals.keys()].sort((one, other) => one - other);
  return [`{${skus.join(',')}}`, `{${skus.map((sku) => totals.get(sku)).join(',')}}`];
}

function closed(list: string): string {
  return `${list.slice(0, -1)}}`;
}
