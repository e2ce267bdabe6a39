/**
 * A second opinion: one SKU's stock as a bookkeeper would keep it, slow and plain. Shares no code with the
 * actor. Nothing is kept that can be counted: every number is summed up anew from what was promised.
 *
 * Does not choose locations: it checks that the units the actor chose were there, and writes them down.
 */
import type { LocationQuantity, StockCommand, StockSettings } from './commands.ts';

type Units = Record<string, number>;

interface Promise_ {
  readonly id: string;
  readonly holdId: string;
  readonly buyer: string | null;
  readonly quantity: number;
  readonly takenAt: number;
  readonly isPart: boolean;
  readonly fingerprint: string;
  readonly sale: string | null;
  readonly notAfter: number;
  readonly firstExpiresAt: number;
  units: Units;
  remaining: Units;
  shipped: number;
  state: 'held' | 'absorbed' | 'committed' | 'released' | 'expired' | 'replaced' | 'fulfilled' | 'uncommitted';
  expiresAt: number;
  checkAt: number;
  asking: boolean;
  absorbs: Promise_ | null;
  absorbedBy: string | null;
  knownUntil: number;
  extensions: { commandId: string; fingerprint: string; expiresAt: number }[];
}

const hour = 3_600_000;

function total(units: Units): number {
  return Object.values(units).reduce((sum, quantity) => sum + quantity, 0);
}

function unitsOf(list: readonly LocationQuantity[]): Units {
  const units: Units = {};
  for (const { location, quantity } of list) units[location] = (units[location] ?? 0) + quantity;
  return units;
}

export class Ledger {
  known = false;
  paused = false;
  countVersion = 0;
  settings: StockSettings = { policy: 'deny', safetyStock: {}, lowStockThreshold: null, perBuyerCap: null, perBuyerWindowMs: 24 * hour };
  onHand: Units = {};
  damaged: Units = {};
  incoming: Units = {};
  promises: Promise_[] = [];
  sales = new Map<string, Units>();
  answers = new Map<string, { fingerprint: string; at: number; reply: unknown }>();

  // --- summing up --------------------------------------------------------------------------------

  held(location: string): number {
    let sum = 0;
    for (const one of this.promises) {
      if (one.state !== 'held') continue;
      const own = one.units[location] ?? 0;
      sum += one.absorbs === null ? own : Math.max(own, one.absorbs.units[location] ?? 0);
    }
    return sum;
  }

  committed(location: string): number {
    return this.promises.reduce((sum, one) => sum + (one.remaining[location] ?? 0), 0);
  }

  allotted(location: string): number {
    return [...this.sales.values()].reduce((sum, units) => sum + (units[location] ?? 0), 0);
  }

  free(location: string): number {
    const promised = this.held(location) + this.committed(location) + this.allotted(location);
    return (this.onHand[location] ?? 0) - promised - (this.damaged[location] ?? 0) - (this.settings.safetyStock[location] ?? 0);
  }

  available(): number {
    return Object.keys(this.onHand).reduce((sum, location) => sum + Math.max(0, this.free(location)), 0);
  }

  heldInAll(): number {
    return Object.keys(this.onHand).reduce((sum, location) => sum + this.held(location), 0);
  }

  numbers(): Record<string, readonly number[]> {
    const rows = Object.keys(this.onHand)
      .sort()
      .map((location) => [
        location,
        [
          this.onHand[location] ?? 0,
          this.free(location),
          this.held(location),
          this.committed(location),
          this.allotted(location),
          this.damaged[location] ?? 0,
          this.incoming[location] ?? 0,
        ],
      ]);
    return Object.fromEntries(rows);
  }

  /** The next thing time brings. */
  deadline(): number | null {
    const instants = this.promises.flatMap((one) => (one.state !== 'held' || one.asking ? [] : [one.isPart ? one.checkAt : one.expiresAt]));
    return instants.length === 0 ? null : Math.min(...instants);
  }

  // --- who is who ----------------------------------------------------------------------------------

  line(holdId: string, at: number): Promise_ | undefined {
    return this.promises.find((one) => !one.isPart && one.holdId === holdId && one.knownUntil > at);
  }

  parts(holdId: string, at: number): Promise_[] {
    return this.promises.filter((one) => one.isPart && one.holdId === holdId && one.knownUntil > at);
  }

  part(name: string, at: number): Promise_ | undefined {
    return this.promises.find((one) => one.isPart && one.id === name && one.knownUntil > at);
  }

  bought(buyer: string, at: number): number {
    let sum = 0;
    for (const one of this.promises) {
      if (one.buyer !== buyer || one.takenAt <= at - this.settings.perBuyerWindowMs || one.knownUntil <= at) continue;
      if (one.state === 'held' && !(!one.isPart && one.expiresAt <= at)) {
        const places = new Set([...Object.keys(one.units), ...Object.keys(one.absorbs?.units ?? {})]);
        for (const place of places) sum += Math.max(one.units[place] ?? 0, one.absorbs?.units[place] ?? 0);
      }
      if (one.state === 'committed' || one.state === 'fulfilled') sum += total(one.remaining) + one.shipped;
    }
    return sum;
  }

  // --- entering ------------------------------------------------------------------------------------

  promise(more: Partial<Promise_> & Pick<Promise_, 'id' | 'holdId' | 'buyer' | 'quantity' | 'takenAt' | 'isPart' | 'units'>): Promise_ {
    this.promises = this.promises.filter((one) => one.id !== more.id || one.isPart !== more.isPart);
    const made: Promise_ = {
      fingerprint: '',
      sale: null,
      notAfter: 0,
      firstExpiresAt: 0,
      remaining: {},
      shipped: 0,
      state: 'held',
      expiresAt: 0,
      checkAt: 0,
      asking: false,
      absorbs: null,
      absorbedBy: null,
      knownUntil: Number.POSITIVE_INFINITY,
      extensions: [],
      ...more,
    };
    this.promises.push(made);
    return made;
  }

  end(one: Promise_, state: Promise_['state'], at: number): void {
    one.state = state;
    one.knownUntil = one.isPart ? Math.max(at + hour, one.notAfter + 2_000) : at + hour;
    const sale = one.sale === null ? undefined : this.sales.get(one.sale);
    if (sale !== undefined) for (const [place, units] of Object.entries(one.units)) sale[place] = (sale[place] ?? 0) + units;
  }

  /** A part ends: what becomes of the line it had absorbed. */
  letGo(part: Promise_, at: number): void {
    const line = part.absorbs;
    part.absorbs = null;
    if (line === null) return;
    line.absorbedBy = null;
    line.state = 'held';
    if (line.expiresAt <= at) this.end(line, 'expired', at);
  }

  sell(one: Promise_, at: number): void {
    const line = one.absorbs;
    one.absorbs = null;
    one.state = 'committed';
    one.asking = false;
    one.remaining = { ...one.units };
    if (line === null) return;
    line.absorbedBy = null;
    line.state = 'replaced';
    line.knownUntil = at + hour;
    const sale = line.sale === null ? undefined : this.sales.get(line.sale);
    if (sale === undefined) return;
    for (const [place, units] of Object.entries(line.units))
      sale[place] = (sale[place] ?? 0) + Math.max(0, units - (one.units[place] ?? 0));
  }

  /** Takes up to `quantity` sold units off; answers what is left to take. */
  takeSold(one: Promise_, quantity: number, ships: boolean, at: number): number {
    let left = quantity;
    for (const place of Object.keys(one.remaining)) {
      const units = Math.min(left, one.remaining[place] ?? 0);
      one.remaining[place] = (one.remaining[place] ?? 0) - units;
      if (one.remaining[place] === 0) delete one.remaining[place];
      left -= units;
      if (ships) one.shipped += units;
      if (ships) this.onHand[place] = (this.onHand[place] ?? 0) - units;
    }
    if (total(one.remaining) > 0) return left;
    one.state = one.shipped > 0 ? 'fulfilled' : 'uncommitted';
    const counts = one.shipped > 0 && one.buyer !== null && this.settings.perBuyerCap !== null;
    one.knownUntil = Math.max(at + (one.isPart ? 24 * hour : hour), counts ? one.takenAt + this.settings.perBuyerWindowMs : 0);
    return left;
  }

  /** Why units the actor chose could not have been taken; null = they were there. */
  wrongChoice(
    chosen: readonly LocationQuantity[],
    quantity: number,
    sale: string | null,
    own: Promise_ | null,
    ownGoesBack: boolean,
  ): string | null {
    if (chosen.reduce((sum, one) => sum + one.quantity, 0) !== quantity) return 'not the quantity asked for';
    let missing = 0;
    for (const [place, units] of Object.entries(unitsOf(chosen))) {
      const backToSale = ownGoesBack && own !== null && own.sale !== null && this.sales.has(own.sale);
      const back =
        own === null || (backToSale && own.sale !== sale) || (ownGoesBack && sale !== null && own.sale !== sale)
          ? 0
          : (own.units[place] ?? 0);
      const there =
        sale === null
          ? Math.max(0, this.free(place) + (ownGoesBack ? back : 0)) + (ownGoesBack ? 0 : back)
          : (this.sales.get(sale)?.[place] ?? 0) + back;
      missing += Math.max(0, units - there);
      if (units > there && (sale !== null || this.settings.policy === 'deny')) return `${units} from ${place}, where ${there} were`;
    }
    return missing > 0 && this.settings.policy === 'deny' ? 'units that were not there' : null;
  }

  count(
    command: Extract<
      StockCommand,
      { type: 'receive' | 'adjust' | 'set' | 'transfer' | 'return' | 'expect' | 'configure' | 'pause' | 'resume' }
    >,
  ): void {
    const move = (place: string, units: number) => {
      this.onHand[place] = (this.onHand[place] ?? 0) + units;
    };
    switch (command.type) {
      case 'receive':
        move(command.location, command.quantity);
        if (command.fromIncoming === true)
          this.incoming[command.location] = Math.max(0, (this.incoming[command.location] ?? 0) - command.quantity);
        break;
      case 'return':
        move(command.location, command.quantity);
        if (command.condition === 'damaged') this.damaged[command.location] = (this.damaged[command.location] ?? 0) + command.quantity;
        break;
      case 'adjust':
        move(command.location, command.delta);
        break;
      case 'set':
        if (this.onHand[command.location] === command.onHand || (this.onHand[command.location] === undefined && command.onHand === 0))
          this.countVersion -= 1;
        this.onHand[command.location] = command.onHand;
        break;
      case 'transfer':
        move(command.from, -command.quantity);
        move(command.to, command.quantity);
        break;
      case 'expect':
        this.incoming[command.location] = command.quantity;
        if (command.quantity > 0) move(command.location, 0);
        this.countVersion -= 1;
        break;
      case 'configure':
        this.settings = { ...this.settings, ...command.settings };
        break;
      default:
        this.paused = command.type === 'pause';
        this.countVersion -= 1;
    }
    this.countVersion += 1;
    this.known = true;
  }
}
