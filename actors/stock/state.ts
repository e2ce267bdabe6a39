/**
 * What one SKU's actor remembers.
 *
 * S1. The state object is changed in place by `apply` alone; everything it refers to (levels, lines,
 *     parts, sales, outcomes) is replaced, never changed, so an inverse is a reference put back (K4).
 * S2. Maps are made when first needed: an idle SKU is one object and its levels.
 * S3. Something ended whose `forgetAt` has come is not there, whether it was pruned yet or not: a state
 *     that was folded and one that was loaded decide alike (I4).
 */
import type { ActorId, ActorState, Instant, InstantHeap } from '../kernel/index.ts';
import type { HoldStatus, LocationQuantity, PartKey, StockSettings } from './commands.ts';
import type { Level } from './levels.ts';

/** What a line and a part have in common: units taken for somebody, until they are shipped or given back. */
export interface Taking {
  readonly holdId: string;
  readonly buyer: string | null;
  readonly quantity: number;
  readonly allocations: readonly LocationQuantity[];
  /** Of a committed one: neither shipped nor given back yet. Otherwise empty. */
  readonly remaining: readonly LocationQuantity[];
  /** Units shipped. */
  readonly fulfilled: number;
  readonly status: HoldStatus;
  readonly takenAt: Instant;
  readonly endedAt: Instant | null;
  /** From then on it counts as unknown (S3); null while it lives. */
  readonly forgetAt: Instant | null;
}

/** Answers of `extend` one line remembers (I7). Each must move the expiry, so honest callers need a few. */
export const extensionsMax = 64;

export interface Extension {
  readonly commandId: string;
  readonly fingerprint: string;
  readonly expiresAt: Instant;
  readonly at: Instant;
}

/** A hold of one line. */
export interface Line extends Taking {
  readonly fingerprint: string;
  readonly sale: string | null;
  readonly firstExpiresAt: Instant;
  readonly expiresAt: Instant;
  /** While `absorbed`: the multi-line hold whose part counts these units as its own. */
  readonly absorbedBy: string | null;
  readonly extensions: readonly Extension[];
}

/** This SKU's share of a multi-line hold, or the tombstone of one. */
export interface Part extends Taking, PartKey {
  readonly tombstone: boolean;
  readonly checkAt: Instant;
  readonly asking: boolean;
  readonly notAfter: Instant;
  readonly absorbs: string | null;
}

export interface Sale {
  /** Open until its units are taken back as a whole; kept after that while holds from it live. */
  readonly open: boolean;
  /** Allotted and not held, by location in order of id. */
  readonly units: readonly LocationQuantity[];
  /** Units in live lines taken from it, absorbed ones included. */
  readonly held: number;
}

/** The answer to one of the merchant's commands. `reply` is JSON text: a state may hold a million. */
export interface Outcome {
  readonly fingerprint: string;
  readonly reply: string;
  readonly at: Instant;
  readonly version: number;
}

export interface HoldBook {
  readonly lines: Map<string, Line>;
  /** By hold, in order of (generation, attempt), tombstones included. */
  readonly parts: Map<string, readonly Part[]>;
  /** How many parts there are in all. */
  partCount: number;
  // --- not authoritative: see kernel/instant-heap.ts ------------------------------------------
  /** Lines by expiry; live ones are current. */
  readonly expiries: InstantHeap;
  /** Parts by `checkAt`; held ones that do not ask yet are current. */
  readonly checks: InstantHeap;
  /** Ended lines whose memory may be cut short when there is no room, by `forgetAt`. */
  readonly endedLines: InstantHeap;
  /** Everything else that has ended, by `forgetAt`: shipped lines and parts. */
  readonly endedOthers: InstantHeap;
  /** Part names that may be asking. */
  readonly asking: Set<string>;
  /** Hold ids by buyer, a superset of what counts against a cap; null until a cap needs it. */
  buyers: Map<string, Set<string>> | null;
  /** Of the line put in last: most lines of one SKU take the same, and share one list of it. */
  latestAllocations: readonly LocationQuantity[];
  /** How many lines have not ended. */
  liveLines: number;
}

export interface OutcomeBook {
  readonly byCommand: Map<string, Outcome>;
  readonly ages: InstantHeap;
}

export interface StockState extends ActorState {
  version: number;
  readonly store: string;
  readonly sku: string;
  countVersion: number;
  paused: boolean;
  settings: StockSettings;
  /** In order of location id. */
  levels: readonly Level[];
  holds: HoldBook | null;
  sales: ReadonlyMap<string, Sale>;
  outcomes: OutcomeBook | null;
}

export const settingsDefault: StockSettings = Object.freeze({
  policy: 'deny',
  safetyStock: Object.freeze({}),
  lowStockThreshold: null,
  perBuyerCap: null,
  perBuyerWindowMs: 24 * 3_600_000,
});

const noSales: ReadonlyMap<string, Sale> = new Map();
const noLevels: readonly Level[] = [];

export function initialStock(id: ActorId): StockState {
  return {
    version: 0,
    store: id.store,
    sku: id.id,
    countVersion: 0,
    paused: false,
    settings: settingsDefault,
    levels: noLevels,
    holds: null,
    sales: noSales,
    outcomes: null,
  };
}

// --- reading --------------------------------------------------------------------------------------

export function isForgotten(taking: Taking, at: Instant): boolean {
  return taking.forgetAt !== null && taking.forgetAt <= at;
}

/** S3: as of `at`. */
export function lineAt(state: StockState, holdId: string, at: Instant): Line | undefined {
  const line = state.holds?.lines.get(holdId);
  return line === undefined || isForgotten(line, at) ? undefined : line;
}

export function partsAt(state: StockState, holdId: string, at: Instant): readonly Part[] {
  return (state.holds?.parts.get(holdId) ?? []).filter((part) => !isForgotten(part, at));
}

export function partAt(state: StockState, key: PartKey, at: Instant): Part | undefined {
  const part = findPart(state, key);
  return part === undefined || isForgotten(part, at) ? undefined : part;
}

export function findPart(state: StockState, key: PartKey): Part | undefined {
  return state.holds?.parts.get(key.holdId)?.find((part) => comparePartKeys(part, key) === 0);
}

export function comparePartKeys(a: PartKey, b: PartKey): number {
  return a.generation - b.generation || a.attempt - b.attempt;
}

/** The one-line hold whose units this part counts as its own. */
export function absorbedLine(state: StockState, part: Part): Line | undefined {
  if (part.absorbs === null || part.status !== 'held') return undefined;
  const line = state.holds?.lines.get(part.absorbs);
  return line?.status === 'absorbed' && line.absorbedBy === part.holdId ? line : undefined;
}

export function isPart(taking: Line | Part): taking is Part {
  return 'checkAt' in taking;
}

export function isLiveLine(line: Line): boolean {
  return line.status === 'held' || line.status === 'absorbed';
}

/** Expired although no tick has said so yet. */
export function isDue(line: Line, at: Instant): boolean {
  return line.status === 'held' && line.expiresAt <= at;
}

export function statusAt(line: Line, at: Instant): HoldStatus {
  return isDue(line, at) ? 'expired' : line.status;
}

export function saleIsOpen(state: StockState, sale: string | null): sale is string {
  return sale !== null && state.sales.get(sale)?.open === true;
}

export function partName(key: PartKey): string {
  return `${key.holdId}/${key.generation}/${key.attempt}`;
}

export function partKeyOf(name: string): PartKey {
  const last = name.lastIndexOf('/');
  const middle = name.lastIndexOf('/', last - 1);
  return { holdId: name.slice(0, middle), generation: Number(name.slice(middle + 1, last)), attempt: Number(name.slice(last + 1)) };
}
