/**
 * What a multi-line hold knows. It owns no units: every unit stands in a *part* kept by the `stock` of its
 * SKU, and this actor remembers what it asked each part for and what the part answered.
 *
 * S1. `owed` holds exactly the parts that still owe an answer, each with what it is owed, so that "was this
 *     the last one?" costs one look and never a scan: a hold of a thousand lines is decided in a thousand small steps.
 * S2. A `Part` is immutable; a change of status is a new object.
 * S3. Pairs (generation, attempt) are never used twice: `asked…` only rises, in that order.
 *
 * Does not decide anything: see `decide.ts`; does not change anything: see `apply.ts`.
 */
import type { ActorId, ActorRefusal, Effect, Instant } from '../kernel/index.ts';
import type { LocationQuantity, Nearness } from '../stock/commands.ts';
import type { HoldLine, LineKind, MultiHoldReply, MultiHoldStatus } from './commands.ts';
import type { PartName } from './events.ts';

/** `refusing`: a line was refused and the releases are not all in; shown outside as `asking`, since it is not answered. */
export type HoldStage = 'none' | MultiHoldStatus | 'refusing';

export type PartStatus = 'asked' | 'taken' | 'shrinking' | 'releasing' | 'released' | 'committing' | 'committed';

/** `own`: its units are the hold's. `change`: asked for by a change that has not switched. `surplus`: given back. */
export type PartRole = 'own' | 'change' | 'surplus';

export interface Part extends PartName {
  /** Place of its SKU among the demands: which refusal is the first. */
  readonly line: number;
  readonly quantity: number;
  readonly absorbs?: string;
  readonly notAfter: Instant;
  readonly role: PartRole;
  readonly status: PartStatus;
  readonly allocations: readonly LocationQuantity[];
}

/** All lines of one SKU, or of one coupon, together. */
export interface Demand {
  readonly kind?: LineKind;
  readonly sku: string;
  readonly quantity: number;
  readonly absorbs?: string;
}

export interface LineRefusal {
  readonly line: number;
  readonly kind?: LineKind;
  readonly sku: string;
  readonly cause: ActorRefusal;
}

/** Generation g+1 while it is asked for or refused; the hold itself stays `held` as generation g. */
export interface Change {
  readonly generation: number;
  readonly attempt: number;
  readonly commandId: string;
  readonly fingerprint: string;
  readonly lines: readonly HoldLine[];
  readonly nearness: readonly Nearness[];
  readonly askedAt: Instant;
  readonly notAfter: Instant;
  readonly expiresAt: Instant;
  /** Not null: what was taken for the change is being released. */
  readonly refusal: LineRefusal | null;
}

/** An answered command whose repeat must find the same answer; the newest take or change is remembered by the state itself. */
export interface Outcome {
  readonly commandId: string;
  readonly fingerprint: string;
  readonly reply: MultiHoldReply;
  readonly at: Instant;
  /** Of the event that answered it. */
  readonly version: number;
}

export interface HoldState {
  readonly id: ActorId;
  version: number;
  status: HoldStage;
  buyer: string | null;
  generation: number;
  attempt: number;
  askedGeneration: number;
  askedAttempt: number;
  commandId: string;
  fingerprint: string;
  waitingTicket: string | null;
  lines: readonly HoldLine[];
  nearness: readonly Nearness[];
  parts: Map<string, Part>;
  /** By part; derived from the parts, see `effects.ts`. */
  owed: Map<string, Effect>;
  change: Change | null;
  refusal: LineRefusal | null;
  askedAt: Instant;
  notAfter: Instant;
  takenAt: Instant | null;
  expiresAt: Instant;
  firstExpiresAt: Instant;
  endedAt: Instant | null;
  /** Oldest first, at most `holdOutcomesMax`; replaced, never changed in place. */
  outcomes: readonly Outcome[];
}

export function initialState(id: ActorId): HoldState {
  return {
    id,
    version: 0,
    status: 'none',
    buyer: null,
    generation: 0,
    attempt: 0,
    askedGeneration: 0,
    askedAttempt: 0,
    commandId: '',
    fingerprint: '',
    waitingTicket: null,
    lines: [],
    nearness: [],
    parts: new Map(),
    owed: new Map(),
    change: null,
    refusal: null,
    askedAt: 0,
    notAfter: 0,
    takenAt: null,
    expiresAt: 0,
    firstExpiresAt: 0,
    endedAt: null,
    outcomes: [],
  };
}

/** Two numbers first, so the text is unambiguous although an SKU may contain slashes and be the text of a code. */
export function partId(name: PartName): string {
  return `${name.generation}/${name.attempt}${demandId(name)}`;
}

/** Of all lines that are one demand; part of ids of effects, and so of the storage format. */
export function demandId({ kind, sku }: Pick<Demand, 'kind' | 'sku'>): string {
  return kind === undefined ? `/${sku}` : `:${kind}/${sku}`;
}

export function owes(status: PartStatus): boolean {
  return status === 'asked' || status === 'shrinking' || status === 'releasing' || status === 'committing';
}

/** Two lines of one SKU are one demand, in the order of their first line. Of several holds to absorb the first counts. */
export function demandsOf(lines: readonly HoldLine[]): Demand[] {
  const byId = new Map<string, Demand>();
  for (const line of lines) {
    const { kind, sku } = line;
    const demand = byId.get(demandId(line));
    const absorbs = demand?.absorbs ?? line.absorbs;
    const quantity = (demand?.quantity ?? 0) + line.quantity;
    byId.set(demandId(line), {
      ...(kind === undefined ? {} : { kind }),
      sku,
      quantity,
      ...(absorbs === undefined ? {} : { absorbs }),
    });
  }
  return [...byId.values()];
}

export function isFinal(status: HoldStage): boolean {
  return status === 'refused' || status === 'committed' || status === 'released' || status === 'expired';
}

/** What the outside is told: an attempt being refused is not answered yet, a hold past its expiry is gone. */
export function statusAt(state: HoldState, at: Instant): MultiHoldStatus {
  if (state.status === 'refusing' || state.status === 'none') return 'asking';
  return state.status === 'held' && at >= state.expiresAt ? 'expired' : state.status;
}

export interface ReplyParts {
  readonly status: MultiHoldStatus;
  readonly lines: readonly HoldLine[];
  readonly parts: Iterable<Part>;
  readonly expiresAt: Instant;
  readonly generation: number;
}

/** The answer, the same for the same events whatever order maps were filled in (I4). */
export function replyWith(state: HoldState, buyer: string | null, from: ReplyParts): MultiHoldReply {
  return {
    type: 'multiHold',
    holdId: state.id.id,
    status: from.status,
    lines: from.lines,
    allocations: allocationsOf(from.parts),
    expiresAt: from.expiresAt,
    buyer,
    generation: from.generation,
  };
}

export function replyAs(state: HoldState, status: MultiHoldStatus): MultiHoldReply {
  const { lines, expiresAt, generation } = state;
  return replyWith(state, state.buyer, { status, lines, parts: state.parts.values(), expiresAt, generation });
}

/** What a take or change was answered when all its parts were in: what every repeat of it is told. */
export function firstReply(state: HoldState): MultiHoldReply {
  const { lines, generation } = state;
  return replyWith(state, state.buyer, { status: 'held', lines, parts: state.parts.values(), expiresAt: state.firstExpiresAt, generation });
}

/** Of units alone: uses of a coupon lie nowhere. */
function allocationsOf(parts: Iterable<Part>): MultiHoldReply['allocations'] {
  const own = [...parts].filter((part) => part.role === 'own' && part.kind === undefined).sort(inOrder);
  const bySku = new Map<string, Map<string, number>>();
  for (const part of own) {
    const units = bySku.get(part.sku) ?? new Map<string, number>();
    for (const { location, quantity } of part.allocations) units.set(location, (units.get(location) ?? 0) + quantity);
    bySku.set(part.sku, units);
  }
  return [...bySku].map(([sku, units]) => ({ sku, locations: [...units].map(([location, quantity]) => ({ location, quantity })) }));
}

export function inOrder(a: Part, b: Part): number {
  return a.line - b.line || a.generation - b.generation || a.attempt - b.attempt;
}
