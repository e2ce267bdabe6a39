/** What the ledger's keeper would have answered, command by command; and, when agreed, the entry in the ledger. */
import { expect } from 'vitest';
import type { StockCommand } from './commands.ts';
import type { StockEvent } from './events.ts';
import { Ledger } from './ledger.fixture.ts';
import type { HoldReply, PartReply, StockReplyAny } from './replies.ts';

type Line = NonNullable<ReturnType<Ledger['line']>>;

/** `repeated` with the answer it must equal (undefined: not checked), a refusal's code, or consent. */
export type Verdict = { readonly repeat: unknown } | { readonly refuse: string } | { readonly agree: true };

const agree: Verdict = { agree: true };
const no = (refuse: string): Verdict => ({ refuse });
const day = 24 * 3_600_000;

function sum(units: Record<string, number>): number {
  return Object.values(units).reduce((all, one) => all + one, 0);
}

function namedPart(command: { readonly holdId: string; readonly generation: number; readonly attempt: number }): string {
  return `${command.holdId}/${command.generation}/${command.attempt}`;
}

export class Judge {
  readonly ledger = new Ledger();

  verdict(command: StockCommand, at: number): Verdict {
    const { ledger } = this;
    if ('commandId' in command && command.type !== 'extend') {
      const answer = ledger.answers.get(command.commandId);
      if (answer !== undefined && answer.at + day > at)
        return answer.fingerprint === command.fingerprint ? { repeat: answer.reply } : no('idempotency_key_reused');
    }
    switch (command.type) {
      case 'tick':
        return agree;
      case 'receive':
      case 'return':
        return agree;
      case 'hold':
        return this.#hold(command, at);
      case 'takePart':
        return this.#takePart(command, at);
      case 'releasePart':
      case 'shrinkPart':
      case 'commitPart':
      case 'partVerdict':
        return this.#part(command, at);
      default:
        break;
    }
    const line = 'holdId' in command ? ledger.line(command.holdId, at) : undefined;
    if (command.type === 'extend') {
      const before = line?.extensions.find((one) => one.commandId === command.commandId);
      if (before !== undefined)
        return before.fingerprint === command.fingerprint
          ? { repeat: { ...this.#firstAnswer(line!), expiresAt: before.expiresAt } }
          : no('idempotency_key_reused');
    }
    if (command.type === 'release' && line === undefined && command.notAfter !== undefined)
      return ledger.part(forestalled(command.holdId), at) === undefined ? agree : { repeat: { status: 'released' } };
    if (!ledger.known) return no('sku_unknown');
    switch (command.type) {
      case 'extend':
      case 'release':
      case 'commit':
        return this.#life(command, line, at);
      case 'readHold':
      case 'fulfil':
      case 'uncommit':
        return this.#sold(command, line, at);
      case 'allot':
        if (ledger.paused) return no('sku_paused');
        return ledger.available() < command.quantity ? no('insufficient_stock') : agree;
      case 'takeBack': {
        const units = ledger.sales.get(command.sale);
        if (units === undefined) return no('sale_unknown');
        return command.quantity !== undefined && command.quantity > sum(units) ? no('insufficient_stock') : agree;
      }
      case 'adjust':
      case 'set':
      case 'configure':
      case 'transfer':
        return this.#count(command);
      default:
        return agree;
    }
  }

  #firstAnswer(line: Line): object {
    return { quantity: line.quantity, status: 'held', expiresAt: line.firstExpiresAt, buyer: line.buyer, holdId: line.holdId };
  }

  #count(command: Extract<StockCommand, { type: 'adjust' | 'set' | 'configure' | 'transfer' }>): Verdict {
    const { ledger } = this;
    if ('countVersion' in command && command.countVersion !== undefined && command.countVersion !== ledger.countVersion)
      return no('version_conflict');
    if (command.type === 'adjust') {
      const is = ledger.onHand[command.location];
      if (is === undefined) return no('location_unknown');
      return command.delta < 0 && is + command.delta < 0 ? no('quantity_invalid') : agree;
    }
    if (command.type !== 'transfer') return agree;
    if (ledger.onHand[command.from] === undefined) return no('location_unknown');
    if (command.from === command.to) return no('quantity_invalid');
    return ledger.free(command.from) < command.quantity ? no('insufficient_stock') : agree;
  }

  #own(holdId: string | undefined, buyer: string | null, at: number): Line | Verdict | null {
    if (holdId === undefined) return null;
    const line = this.ledger.line(holdId, at);
    if (line === undefined) return no('hold_unknown');
    return line.buyer === buyer ? line : no('hold_foreign');
  }

  #taken(own: Line | null): Verdict | null {
    if (own?.state === 'absorbed') return no('hold_ended');
    return own !== null && ['committed', 'fulfilled', 'uncommitted'].includes(own.state) ? no('already_committed') : null;
  }

  #capped(buyer: string | null, quantity: number, own: Line | null, at: number): boolean {
    const { ledger } = this;
    const cap = ledger.settings.perBuyerCap;
    if (cap === null || buyer === null) return false;
    const counted = own !== null && own.takenAt > at - ledger.settings.perBuyerWindowMs && own.expiresAt > at ? own.quantity : 0;
    return ledger.bought(buyer, at) - counted + quantity > cap;
  }

  #hold(command: Extract<StockCommand, { type: 'hold' }>, at: number): Verdict {
    const { ledger } = this;
    const known = ledger.line(command.holdId, at);
    if (known !== undefined)
      return known.fingerprint === command.fingerprint ? { repeat: this.#firstAnswer(known) } : no('idempotency_key_reused');
    const { notAfter } = command;
    if (notAfter !== undefined && (at > notAfter || ledger.part(forestalled(command.holdId), at) !== undefined)) return no('too_late');
    if (!ledger.known) return no('sku_unknown');
    const own = this.#own(command.replaces, command.buyer, at);
    if (own !== null && !('state' in own)) return own;
    if (ledger.paused) return no('sku_paused');
    const taken = this.#taken(own);
    if (taken !== null) return taken;
    const live = own?.state === 'held' ? own : null;
    if (this.#capped(command.buyer, command.quantity, live, at)) return no('buyer_cap_exceeded');
    if (command.sale !== undefined) {
      const units = ledger.sales.get(command.sale);
      if (units === undefined) return no('sale_unknown');
      return sum(units) + (live?.sale === command.sale ? live.quantity : 0) < command.quantity ? no('insufficient_stock') : agree;
    }
    const goesToSale = live !== null && live.sale !== null && ledger.sales.has(live.sale);
    const places = Object.keys(ledger.onHand);
    const there = places.reduce(
      (all, place) => all + Math.max(0, ledger.free(place) + (live === null || goesToSale ? 0 : (live.units[place] ?? 0))),
      0,
    );
    return there < command.quantity && ledger.settings.policy === 'deny' ? no('insufficient_stock') : agree;
  }

  #takePart(command: Extract<StockCommand, { type: 'takePart' }>, at: number): Verdict {
    const { ledger } = this;
    const known = ledger.part(namedPart(command), at);
    if (known !== undefined && known.state !== 'released') return { repeat: { status: 'taken' } };
    const rank = (one: { readonly id: string }) =>
      one.id
        .split('/')
        .slice(1)
        .map(Number)
        .reduce((high, low) => high * 1000 + low, 0);
    const newer = ledger.parts(command.holdId, at).some((one) => rank(one) > rank({ id: namedPart(command) }));
    if (known !== undefined || newer || at > command.notAfter) return no('too_late');
    if (!ledger.known) return no('sku_unknown');
    const own = this.#own(command.absorbs, command.buyer, at);
    if (own !== null && !('state' in own)) return own;
    if (ledger.paused) return no('sku_paused');
    const taken = own?.absorbedBy === command.holdId ? null : this.#taken(own);
    if (taken !== null) return taken;
    const live = this.absorbable(own, at);
    if (this.#capped(command.buyer, command.quantity, live, at)) return no('buyer_cap_exceeded');
    const wanted = Math.max(0, command.quantity - (live?.quantity ?? 0));
    return ledger.available() < wanted && ledger.settings.policy === 'deny' ? no('insufficient_stock') : agree;
  }

  absorbable(own: Line | null, at: number): Line | null {
    return own !== null && own.state === 'held' && own.expiresAt > at ? own : null;
  }

  #part(command: Extract<StockCommand, { type: 'releasePart' | 'shrinkPart' | 'commitPart' | 'partVerdict' }>, at: number): Verdict {
    const part = this.ledger.part(namedPart(command), at);
    const sold = part !== undefined && ['committed', 'fulfilled', 'uncommitted'].includes(part.state);
    switch (command.type) {
      case 'shrinkPart':
        return agree;
      case 'releasePart':
        if (sold) return no('already_committed');
        return part?.state === 'released' ? { repeat: { status: 'released' } } : agree;
      case 'commitPart':
        if (!this.ledger.known) return no('sku_unknown');
        if (part === undefined) return no('hold_unknown');
        if (sold) return { repeat: { status: 'committed' } };
        return part.state === 'released' ? no('hold_ended') : agree;
      case 'partVerdict':
        if (part === undefined || part.state === 'released') return { repeat: { status: 'released' } };
        if (sold) return { repeat: { status: 'committed' } };
        return command.verdict.kind === 'keep' && !part.asking ? { repeat: { status: 'kept' } } : agree;
    }
  }

  #life(command: Extract<StockCommand, { type: 'extend' | 'release' | 'commit' }>, line: Line | undefined, at: number): Verdict {
    if (line === undefined) return no('hold_unknown');
    if (command.buyer !== null && command.buyer !== line.buyer) return no('hold_foreign');
    const sold = ['committed', 'fulfilled', 'uncommitted'].includes(line.state);
    const isLive = line.state === 'held' && line.expiresAt > at;
    if (command.type === 'release') {
      if (line.state === 'held') return agree;
      if (line.state === 'absorbed') return no('hold_ended');
      return sold ? no('already_committed') : { repeat: { status: line.state } };
    }
    if (command.type === 'commit') {
      if (sold) return { repeat: { status: line.state } };
      return isLive ? agree : no('hold_ended');
    }
    if (line.state === 'committed') return no('already_committed');
    if (!isLive) return no('hold_ended');
    return at + command.ttlMs > line.takenAt + 4 * 3_600_000 ? no('hold_life_exceeded') : agree;
  }

  #sold(command: Extract<StockCommand, { type: 'readHold' | 'fulfil' | 'uncommit' }>, line: Line | undefined, at: number): Verdict {
    const found = line === undefined ? this.ledger.parts(command.holdId, at).filter((one) => one.quantity > 0) : [line];
    const last = found.sort((a, b) => (a.id < b.id ? -1 : 1)).at(-1);
    if (last === undefined) return no('hold_unknown');
    if (command.type === 'readHold') return command.buyer !== null && command.buyer !== last.buyer ? no('hold_foreign') : agree;
    const committed = found.reduce((all, one) => all + sum(one.remaining), 0);
    if (committed > 0) return (command.quantity ?? 0) > committed ? no('insufficient_committed') : agree;
    const isLive =
      ['held', 'absorbed', 'committed'].includes(last.state) && !(last.state === 'held' && !last.isPart && last.expiresAt <= at);
    return no(isLive ? 'insufficient_committed' : 'hold_ended');
  }

  // --- entries -------------------------------------------------------------------------------------

  /** Writes down what was agreed. `events`: what the actor recorded; read only for the places a sale's units came from. */
  enter(command: StockCommand, at: number, reply: StockReplyAny, events: readonly StockEvent[]): void {
    const { ledger } = this;
    const changed = events.length > 0;
    if ('commandId' in command && command.type !== 'extend')
      ledger.answers.set(command.commandId, { fingerprint: command.fingerprint, at, reply });
    const line = 'holdId' in command ? ledger.line(command.holdId, at) : undefined;
    const part = 'generation' in command ? ledger.part(namedPart(command), at) : undefined;
    switch (command.type) {
      case 'hold':
        return this.#enterHold(command, at, reply as HoldReply);
      case 'takePart':
        return this.#enterPart(command, at, reply as PartReply);
      case 'extend':
        if (!changed) return expect(at + command.ttlMs).toBeLessThanOrEqual(line!.expiresAt);
        line!.expiresAt = at + command.ttlMs;
        return void line!.extensions.push({ commandId: command.commandId, fingerprint: command.fingerprint, expiresAt: line!.expiresAt });
      case 'release':
        if (line === undefined) return changed ? this.#enterTombstone(forestalled(command.holdId), command, at) : undefined;
        return ledger.end(line, line.expiresAt <= at ? 'expired' : 'released', at);
      case 'commit':
        return ledger.sell(line!, at);
      case 'fulfil':
      case 'uncommit':
        return this.#enterSold(command, line, at);
      case 'allot':
      case 'takeBack':
        return this.#enterSale(command, events);
      case 'releasePart':
        if (part === undefined && changed) this.#enterTombstone(namedPart(command), command, at);
        return part === undefined ? undefined : this.#releasePart(part, at);
      case 'partVerdict':
        if (command.verdict.kind === 'release') return this.#releasePart(part!, at);
        if (command.verdict.kind === 'commit') return ledger.sell(part!, at);
        part!.asking = false;
        part!.checkAt = command.verdict.checkAt;
        return;
      case 'shrinkPart':
        return part?.state === 'held' ? this.#shrink(part, reply as PartReply) : undefined;
      case 'commitPart':
        return ledger.sell(part!, at);
      case 'tick':
        return this.#enterTick(at);
      case 'read':
      case 'readHold':
        return;
      default:
        return ledger.count(command);
    }
  }

  #enterTombstone(id: string, { holdId, notAfter }: { readonly holdId: string; readonly notAfter?: number }, at: number): void {
    const empty = { buyer: null, quantity: 0, units: {}, state: 'released' } as const;
    this.ledger.promise({ id, holdId, takenAt: at, isPart: true, ...empty, knownUntil: notAfter! + 2_000 });
  }

  #enterSale(command: Extract<StockCommand, { type: 'allot' | 'takeBack' }>, events: readonly StockEvent[]): void {
    const { ledger } = this;
    const [event] = events;
    if (event?.type !== 'stock.allotted' && event?.type !== 'stock.takenBack') throw new Error('a sale changes by an event of its own');
    const units = { ...ledger.sales.get(command.sale) };
    const moved = event.allocations.reduce((all, one) => all + one.quantity, 0);
    expect(moved).toBe(command.quantity ?? sum(units));
    for (const { location, quantity } of event.allocations) {
      const there = command.type === 'allot' ? Math.max(0, ledger.free(location)) : (units[location] ?? 0);
      expect(quantity, `units of the sale at ${location}`).toBeLessThanOrEqual(there);
      units[location] = (units[location] ?? 0) + (command.type === 'allot' ? quantity : -quantity);
    }
    if (command.type === 'takeBack' && command.quantity === undefined) ledger.sales.delete(command.sale);
    else ledger.sales.set(command.sale, units);
  }

  #enterHold(command: Extract<StockCommand, { type: 'hold' }>, at: number, reply: HoldReply): void {
    const { ledger } = this;
    const named = command.replaces === undefined ? undefined : ledger.line(command.replaces, at);
    const own = named?.state === 'held' ? named : null;
    const sale = command.sale ?? null;
    expect(ledger.wrongChoice(reply.allocations, command.quantity, sale, own, true)).toBeNull();
    if (own !== null) ledger.end(own, own.expiresAt <= at ? 'expired' : 'replaced', at);
    const units: Record<string, number> = {};
    for (const one of reply.allocations) units[one.location] = one.quantity;
    const from = sale === null ? undefined : ledger.sales.get(sale);
    if (from !== undefined) for (const [place, quantity] of Object.entries(units)) from[place] = (from[place] ?? 0) - quantity;
    const expiresAt = at + command.ttlMs;
    ledger.promise({
      id: command.holdId,
      holdId: command.holdId,
      buyer: command.buyer,
      quantity: command.quantity,
      takenAt: at,
      isPart: false,
      units,
      fingerprint: command.fingerprint,
      sale,
      expiresAt,
      firstExpiresAt: expiresAt,
    });
  }

  #enterPart(command: Extract<StockCommand, { type: 'takePart' }>, at: number, reply: PartReply): void {
    const { ledger } = this;
    const named = command.absorbs === undefined ? undefined : ledger.line(command.absorbs, at);
    const own = this.absorbable(named ?? null, at);
    expect(ledger.wrongChoice(reply.allocations, command.quantity, null, own, false)).toBeNull();
    const units: Record<string, number> = {};
    for (const one of reply.allocations) units[one.location] = one.quantity;
    const { holdId, buyer, quantity, checkAt, notAfter } = command;
    ledger.promise({ id: namedPart(command), holdId, buyer, quantity, takenAt: at, isPart: true, units, checkAt, notAfter, absorbs: own });
    if (own === null) return;
    own.state = 'absorbed';
    own.absorbedBy = holdId;
  }

  #releasePart(part: Line, at: number): void {
    this.ledger.letGo(part, at);
    this.ledger.end(part, 'released', at);
  }

  #shrink(part: Line, reply: PartReply): void {
    const units: Record<string, number> = {};
    for (const one of reply.allocations) {
      expect(one.quantity, 'a part shrinks where it is').toBeLessThanOrEqual(part.units[one.location] ?? 0);
      units[one.location] = one.quantity;
    }
    part.units = units;
  }

  #enterSold(command: Extract<StockCommand, { type: 'fulfil' | 'uncommit' }>, line: Line | undefined, at: number): void {
    const { ledger } = this;
    const parts = ledger.parts(command.holdId, at).sort((a, b) => (a.id < b.id ? -1 : 1));
    const found = (line === undefined ? parts : [line]).filter((one) => one.state === 'committed');
    let left = command.quantity ?? Number.POSITIVE_INFINITY;
    for (const one of found) left = ledger.takeSold(one, left, command.type === 'fulfil', at);
    if (command.type === 'fulfil') ledger.countVersion += 1;
  }

  #enterTick(at: number): void {
    for (const one of this.ledger.promises) {
      if (one.state !== 'held') continue;
      if (one.isPart && one.checkAt <= at) one.asking = true;
      else if (!one.isPart && one.expiresAt <= at) this.ledger.end(one, 'expired', at);
    }
  }
}

/** A hold of one line that is released before it was taken leaves the tombstone of this part. */
function forestalled(holdId: string): string {
  return `${holdId}/1/1`;
}
