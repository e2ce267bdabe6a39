/**
 * What clients were told, added up by somebody who knows nothing of how stock is kept. It works from
 * commands wanted and answers received alone, and shares no code with the actors.
 *
 * What a client was not told may have happened or not, so every sum has a certain and a possible side:
 * taken for certain must never exceed what may have come in (I2), and what is there in the end lies
 * between the two (I1).
 */
import type { MultiHoldReply } from '../../actors/hold/commands.ts';
import type { ActorEvent, ActorId } from '../../actors/kernel/index.ts';
import type { OrderReply } from '../../actors/order/index.ts';
import type { HoldReply, StockReply } from '../../actors/stock/replies.ts';
import type { Act, Verdict } from './acts.ts';
import { everyProduct, type Product, type Shop } from './shop.ts';
import { hold } from './violation.ts';

/** Units of a sum that surely moved, and those that may have. */
interface Sum {
  certain: number;
  possible: number;
}

interface Account {
  readonly product: Product;
  readonly name: string;
  readonly received: Sum;
  readonly returned: Sum;
  readonly fulfilled: Sum;
  /** Of what orders sent out. */
  cameBack: number;
  /** The newest shard time anybody was told for this product. */
  at: number;
  /** Versions at which something was received: each receipt is its own event. */
  readonly receipts: Map<number, number>;
}

interface Promised {
  readonly lines: readonly { readonly account: Account; readonly quantity: number }[];
  expiresAt: number;
  isCommitted: boolean;
  /** How far the clock that ends it may be ahead of the SKU's: a hold over several lines is of another shard. */
  readonly clockSkewMs: number;
}

export class Ledger {
  readonly #accounts = new Map<string, Account>();
  readonly #holds = new Map<string, Promised>();
  /** Holds that somebody asked to end, replace, change or absorb: what they hold is not certain any more. */
  readonly #mayHaveEnded = new Set<string>();
  readonly #accepted = new Set<number>();
  readonly #clockSkewMs: number;

  constructor(shop: Shop, clockSkewMaxMs: number) {
    this.#clockSkewMs = 2 * clockSkewMaxMs; // each may be off by that much, in its own direction
    for (const product of everyProduct(shop)) {
      const name = `${product.store}/${product.sku}`;
      const sum = (): Sum => ({ certain: 0, possible: 0 });
      this.#accounts.set(name, {
        product,
        name,
        received: sum(),
        returned: sum(),
        fulfilled: sum(),
        cameBack: 0,
        at: 0,
        receipts: new Map(),
      });
    }
  }

  wanted(act: Act): void {
    const { command } = act;
    const movement = this.#movement(act);
    if (movement !== null) movement.sum.possible += movement.quantity;
    if ('replaces' in command && command.replaces !== undefined) this.#mayHaveEnded.add(command.replaces);
    if (command.type === 'take' || command.type === 'retake' || command.type === 'place')
      for (const line of command.lines) if (line.absorbs !== undefined) this.#mayHaveEnded.add(line.absorbs);
    if (act.actor.kind === 'cart') for (const holdId of holdsIn(command)) this.#mayHaveEnded.add(holdId);
    if (command.type === 'release' || command.type === 'uncommit')
      this.#mayHaveEnded.add('holdId' in command ? command.holdId : act.actor.id);
    if (command.type === 'retake') this.#mayHaveEnded.add(act.actor.id);
  }

  /** Units that orders give or take back are told to nobody but their stock. */
  landed({ kind, store, id }: ActorId, event: ActorEvent): void {
    if (kind !== 'order') return;
    if (event.type === 'order.canceled') this.#mayHaveEnded.add(id);
    if (event.type !== 'return.received') return;
    const { lines } = event as ActorEvent & { readonly lines: readonly { readonly sku: string; readonly quantity: number }[] };
    for (const { sku, quantity } of lines) {
      const account = this.#accounts.get(`${store}/${sku}`);
      if (account !== undefined) account.cameBack += quantity;
    }
  }

  told(act: Act, verdict: Verdict): void {
    if (verdict.kind !== 'reply') return;
    const isFirst = !this.#accepted.has(act.number);
    this.#accepted.add(act.number);
    const movement = this.#movement(act);
    if (movement !== null && isFirst) movement.sum.certain += movement.quantity;
    this.#toldReply(act, verdict);
    const account = this.#accountOf(act);
    if (account !== null) {
      account.at = Math.max(account.at, verdict.at);
      this.#checkTaken(account);
    }
  }

  /** Units that must be there in the end, by location or not: none held, all movements accounted for. */
  checkFinal(product: Product, reply: StockReply, committedUnits: number, shippedUnits: number): void {
    const account = this.#accounts.get(`${product.store}/${product.sku}`);
    if (account === undefined) return;
    const total = (pick: (level: StockReply['levels'][number]) => number) => reply.levels.reduce((sum, level) => sum + pick(level), 0);
    const held = total((level) => level.held);
    hold(held === 0, 'I9', () => `${account.name}: ${held} units are still held when nothing is left to hold them`);
    const committed = total((level) => level.committed);
    hold(
      committed === committedUnits,
      'I1',
      () => `${account.name}: ${committed} units are committed, but its holds say ${committedUnits}`,
    );
    if (!product.isPlain) return;
    const onHand = total((level) => level.onHand);
    const orders = account.cameBack - shippedUnits;
    const least = orders + account.received.certain + account.returned.certain - account.fulfilled.possible;
    const most = orders + account.received.possible + account.returned.possible - account.fulfilled.certain;
    hold(
      onHand >= least && onHand <= most,
      'I1',
      () => `${account.name}: ${onHand} units are on hand; what clients were told says ${least} to ${most}`,
    );
  }

  #movement(act: Act): { readonly sum: Sum; readonly quantity: number } | null {
    const account = this.#accountOf(act);
    const command = act.command;
    if (account === null || !('quantity' in command) || command.quantity === undefined) return null;
    switch (command.type) {
      case 'receive':
        return { sum: account.received, quantity: command.quantity };
      case 'return':
        return { sum: account.returned, quantity: command.quantity };
      case 'fulfil':
        return { sum: account.fulfilled, quantity: command.quantity };
      default:
        return null;
    }
  }

  #toldReply(act: Act, verdict: Extract<Verdict, { kind: 'reply' }>): void {
    const reply = verdict.reply as StockReply | HoldReply | MultiHoldReply | OrderReply;
    switch (reply.type) {
      case 'stock':
        return this.#toldStock(act, reply);
      case 'hold':
        return this.#toldHold(act, reply);
      case 'multiHold':
        return this.#toldMultiHold(act, reply);
      case 'order':
        return this.#toldOrder(act, reply);
    }
  }

  #toldStock(act: Act, reply: StockReply): void {
    for (const level of reply.levels) {
      const parts = level.available + level.held + level.committed + level.allotted + level.damaged + level.safetyStock;
      hold(
        level.onHand === parts,
        'I1',
        () => `${reply.sku} at ${level.location} was told as ${JSON.stringify(level)}, which does not add up`,
      );
    }
    const sellable = reply.levels.reduce((sum, level) => sum + Math.max(0, level.available), 0);
    hold(reply.available === sellable, 'I1', () => `${reply.sku}: ${reply.available} are available in all, ${sellable} by location`);
    const account = this.#accountOf(act);
    if (account === null || act.command.type !== 'receive') return;
    const other = account.receipts.get(reply.version);
    hold(
      other === undefined || other === act.number,
      'I5',
      () => `${account.name}: #${act.number} and #${other} both say they made version ${reply.version}`,
    );
    account.receipts.set(reply.version, act.number);
    const versions = [...account.receipts].filter(([, number]) => number === act.number);
    hold(
      versions.length === 1,
      'I5',
      () =>
        `${account.name}: #${act.number} was received more than once, at versions ${versions.map(([version]) => version).join(' and ')}`,
    );
  }

  #toldHold(act: Act, reply: HoldReply): void {
    const account = this.#accountOf(act);
    if (account === null) return;
    const allocated = reply.allocations.reduce((sum, { quantity }) => sum + quantity, 0);
    hold(allocated === reply.quantity, 'I1', () => `hold ${reply.holdId} of ${reply.quantity} units was given ${allocated}`);
    const isLive = reply.status === 'held' || reply.status === 'committed';
    const known = this.#holds.get(reply.holdId);
    if (known === undefined) {
      if (isLive)
        this.#holds.set(reply.holdId, {
          lines: [{ account, quantity: reply.quantity }],
          expiresAt: reply.expiresAt,
          isCommitted: reply.status === 'committed',
          clockSkewMs: 0,
        });
      return;
    }
    hold(
      known.lines[0]?.quantity === reply.quantity,
      'I4',
      () => `hold ${reply.holdId} had ${known.lines[0]?.quantity} units, now it has ${reply.quantity}`,
    );
    known.expiresAt = Math.max(known.expiresAt, reply.expiresAt);
    known.isCommitted ||= reply.status === 'committed';
    if (!isLive) this.#mayHaveEnded.add(reply.holdId);
  }

  #toldMultiHold(act: Act, reply: MultiHoldReply): void {
    const { store } = act.actor;
    const isLive = reply.status === 'held' || reply.status === 'committing' || reply.status === 'committed';
    const known = this.#holds.get(reply.holdId);
    if (!isLive) {
      // An attempt under way is no end; it may still become a live hold.
      if (reply.status !== 'asking') this.#mayHaveEnded.add(reply.holdId);
      return;
    }
    if (known !== undefined) {
      known.expiresAt = Math.max(known.expiresAt, reply.expiresAt);
      known.isCommitted ||= reply.status !== 'held';
      return;
    }
    const lines = reply.lines.flatMap(({ sku, quantity }) => {
      const account = this.#accounts.get(`${store}/${sku}`);
      return account === undefined ? [] : [{ account, quantity }];
    });
    const { expiresAt, status, holdId } = reply;
    this.#holds.set(holdId, { lines, expiresAt, isCommitted: status !== 'held', clockSkewMs: this.#clockSkewMs });
  }

  /** The units of a confirmed order are its buyer's for good, unless it is canceled. */
  #toldOrder({ actor: { store, id } }: Act, reply: OrderReply): void {
    if (reply.number === null || this.#holds.has(id)) return;
    const lines = reply.lines.flatMap(({ sku, quantity }) => {
      const account = this.#accounts.get(`${store}/${sku}`);
      return account === undefined ? [] : [{ account, quantity }];
    });
    this.#holds.set(id, { lines, expiresAt: 0, isCommitted: true, clockSkewMs: 0 });
  }

  /** I2, of plain products: they sell under `deny`, and nobody counts them down. */
  #checkTaken(account: Account): void {
    if (!account.product.isPlain) return;
    const cameIn = account.received.possible + account.returned.possible + account.cameBack;
    let taken = 0;
    for (const [holdId, promised] of this.#holds) {
      const isCertain = !this.#mayHaveEnded.has(holdId) && (promised.isCommitted || promised.expiresAt > account.at + promised.clockSkewMs);
      if (!isCertain) continue;
      for (const line of promised.lines) if (line.account === account) taken += line.quantity;
    }
    hold(taken <= cameIn, 'I2', () => `${account.name}: clients were promised ${taken} units at once, but at most ${cameIn} ever came in`);
  }

  #accountOf(act: Act): Account | null {
    return act.actor.kind === 'stock' ? (this.#accounts.get(`${act.actor.store}/${act.actor.id}`) ?? null) : null;
  }
}

/** What an order placed from this cart may absorb. */
function holdsIn(command: Act['command']): string[] {
  const lines = command.type === 'create' ? command.lines : command.type === 'putLine' ? [command.line] : [];
  return lines.flatMap(({ holdId }) => (holdId === null ? [] : [holdId]));
}
