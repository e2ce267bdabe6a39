/**
 * One hold under test: every event applied here is also undone and applied again, every state is compared
 * with what its rows load, and its laws are looked at. So each test of a decision tests those, too.
 *
 * Used by tests alone.
 */
import { actorId, assert, UndoLog, type Instant, type Row } from '../kernel/index.ts';
import {
  holdDefinition,
  type HoldCommand,
  type HoldEvent,
  type HoldLine,
  type HoldRefusal,
  type HoldReplyAny,
  type HoldState,
} from './index.ts';
import type { CommandOf, HoldDecision } from './decide/decision.ts';
import type { PartName } from './events.ts';

export const store = 'store_1';
export const buyer = 'buyer_1';
export const holdId = 'hold_1';
export const startedAt = 1_700_000_000_000;
export const ttlMs = 60_000;
export const { canonical, decide, pending, broken, deadline } = holdDefinition;

/** What `rows` wrote, as a table would hold it: newest wins, read back as JSON. */
export class Table {
  readonly rows = new Map<string, Row>();

  put(key: string, row: Row): void {
    this.rows.set(key, JSON.parse(JSON.stringify(row)) as Row);
  }
}

export class HoldUnderTest {
  state: HoldState;
  readonly id = actorId('hold', store, holdId);
  readonly #holds = new Table();
  readonly #outcomes = new Table();
  readonly #checked: boolean;
  events: HoldEvent[] = [];

  constructor(options: { readonly checked: boolean } = { checked: true }) {
    this.state = holdDefinition.initial(this.id);
    this.#checked = options.checked;
  }

  /** Decides and applies. */
  send(command: HoldCommand, at: Instant): HoldDecision {
    const before = this.#checked ? this.#text(at) : '';
    const decision = decide(this.state, command, at);
    if (this.#checked) assert(this.#text(at) === before, 'K1: decide changed the state');
    const events = 'events' in decision ? (decision.events ?? []) : [];
    this.apply(events, at);
    return decision;
  }

  apply(events: readonly HoldEvent[], at: Instant): void {
    if (this.#checked) this.#applyAndUndo(events, at);
    const version = this.state.version;
    // Through JSON, as the log keeps them.
    for (const event of events)
      this.state = holdDefinition.apply(this.state, JSON.parse(JSON.stringify(event)) as HoldEvent, at, { record() {} });
    assert(this.state.version === version + events.length, 'K3: one version per event');
    this.events.push(...events);
    if (!this.#checked) return;
    const wrong = broken(this.state);
    assert(wrong.length === 0, `broken laws after ${events.map(({ type }) => type).join(', ')}: ${wrong.join('; ')}`);
    this.#store(events, version, at);
    const text = this.#text(at);
    const loaded = JSON.stringify(canonical(this.load(at), at));
    assert(loaded === text, `K5: rows load as another state\n${loaded}\n${text}`);
  }

  load(at: Instant): HoldState {
    return holdDefinition.load(this.id, { holds: [...this.#holds.rows.values()], command_outcomes: [...this.#outcomes.rows.values()] }, at);
  }

  #applyAndUndo(events: readonly HoldEvent[], at: Instant): void {
    const before = this.#text(at);
    const undo = new UndoLog();
    for (const event of events) holdDefinition.apply(this.state, event, at, undo);
    undo.rollBack();
    assert(this.#text(at) === before, 'K4: apply then undo is not what was before');
  }

  #store(events: readonly HoldEvent[], version: number, at: Instant): void {
    const stamped = events.map((event, index) => ({ event, version: version + index + 1, at }));
    for (const { table, row } of holdDefinition.rows(this.id, stamped, this.state)) {
      if (table === 'holds') this.#holds.put('', row);
      else this.#outcomes.put(String(row.command_id), row);
    }
  }

  #text(at: Instant): string {
    return JSON.stringify(canonical(this.state, at));
  }
}

// --- commands -----------------------------------------------------------------------------------------------

export const twoLines: readonly HoldLine[] = [
  { sku: 'A', quantity: 2 },
  { sku: 'B', quantity: 3 },
];

/** The code has the text of the SKU: what belongs to whom must not depend on the text alone. */
export const unitsAndUses: readonly HoldLine[] = [
  { sku: 'A', quantity: 2 },
  { kind: 'coupon', sku: 'A', quantity: 3 },
];

export function take(over: Partial<CommandOf<'take'>> = {}): HoldCommand {
  return {
    type: 'take',
    commandId: 'c1',
    fingerprint: 'f1',
    buyer,
    lines: twoLines,
    ttlMs,
    nearness: [{ location: 'main', rank: 0 }],
    ...over,
  };
}

export function retake(lines: readonly HoldLine[], over: Partial<CommandOf<'retake'>> = {}): HoldCommand {
  return { type: 'retake', commandId: 'c2', fingerprint: 'f2', buyer, lines, ttlMs, nearness: [], ...over };
}

export function extend(over: Partial<CommandOf<'extend'>> = {}): HoldCommand {
  return { type: 'extend', commandId: 'e1', fingerprint: 'g1', buyer, ttlMs: 2 * ttlMs, ...over };
}

type Answer = Omit<CommandOf<'partAnswered'>, 'type' | 'holdId' | 'step' | 'outcome'>;

export function answer(
  step: CommandOf<'partAnswered'>['step'],
  name: Answer,
  outcome: CommandOf<'partAnswered'>['outcome'] = { ok: true, allocations: [] },
): HoldCommand {
  return { type: 'partAnswered', holdId, step, ...name, outcome };
}

/** Answers everything owed now, as SKUs with enough stock at one location would. */
export function answerAll(hold: HoldUnderTest, at: Instant, skus?: readonly string[]): HoldDecision[] {
  const owed = pending(hold.state).filter((effect) => skus === undefined || skus.includes(effect.to.id));
  return owed.map((effect) => {
    const { quantity } = effect.command as unknown as { readonly quantity?: number };
    if (effect.to.kind === 'coupon') return hold.send(holdDefinition.answered(effect, { reply: { type: 'use', status: 'taken' } }), at);
    const allocations = quantity === undefined ? [] : [{ location: 'main', quantity }];
    return hold.send(holdDefinition.answered(effect, { reply: { type: 'part', status: 'taken', allocations } }), at);
  });
}

export const insufficient = { code: 'insufficient_stock', available: 0 };

type LineName = Pick<HoldLine, 'kind' | 'sku'>;

function lineName(line: string | LineName): LineName {
  return typeof line === 'string' ? { sku: line } : line;
}

/** A SKU, or a code, says no to what it is asked for now. */
export function refuse(
  hold: HoldUnderTest,
  line: string | LineName,
  at: Instant,
  cause: { readonly code: string } = insufficient,
): HoldDecision {
  const { kind = 'stock', sku } = lineName(line);
  const effect = pending(hold.state).find(({ to, id }) => to.kind === kind && to.id === sku && id.startsWith('take:'));
  assert(effect !== undefined, `nothing is asked of ${kind} ${sku}`);
  return hold.send(holdDefinition.answered(effect, { refusal: cause }), at);
}

/** The newest part of a line. */
export function nameOf(hold: HoldUnderTest, line: string | LineName): PartName {
  const { kind, sku } = lineName(line);
  const part = [...hold.state.parts.values()].filter((each) => each.sku === sku && each.kind === kind).at(-1);
  const { generation, attempt } = part ?? { generation: 1, attempt: 1 };
  return { ...(kind === undefined ? {} : { kind }), sku, generation, attempt };
}

// --- reading decisions ------------------------------------------------------------------------------------------

/** One line of a ledger: what a decision was. */
export function said(decision: HoldDecision): string {
  const events =
    'events' in decision && decision.events !== undefined && decision.events.length > 0
      ? ` [${decision.events.map(({ type }) => type).join(' ')}]`
      : '';
  const settled =
    'settled' in decision && decision.settled !== undefined
      ? ` ${decision.settled.map(({ ticket, outcome }) => `{${ticket}: ${'reply' in outcome ? replySaid(outcome.reply) : refusalSaid(outcome.refusal)}}`).join(' ')}`
      : '';
  switch (decision.kind) {
    case 'accepted':
      return `${replySaid(decision.reply)}${events}${settled}`;
    case 'waiting':
      return `waiting ${decision.ticket}${events}${settled}`;
    case 'repeated':
      return `repeated ${replySaid(decision.reply)}`;
    case 'refused':
      return `refused ${refusalSaid(decision.refusal)}${events}`;
  }
}

function replySaid(reply: HoldReplyAny): string {
  if (reply.type === 'verdict') return `verdict ${reply.verdict.kind}`;
  return reply.type === 'noted' ? 'noted' : `${reply.status}/${reply.generation}`;
}

function refusalSaid(refusal: HoldRefusal): string {
  if (refusal.code === 'hold_ended') return `hold_ended ${refusal.status}`;
  return refusal.code === 'line_refused' ? `line_refused ${lineSaid(refusal)} ${refusal.cause.code}` : refusal.code;
}

export function lineSaid({ kind, sku }: LineName): string {
  return kind === undefined ? sku : `${kind}:${sku}`;
}

// --- a hold in every stage it can be in -----------------------------------------------------------------------------

/** Rises only to see: `held` past its expiry before the tick, a change asked for or refused, a surplus on its way back. */
export function stagesOf(lines: readonly HoldLine[]) {
  const first = take({ lines });
  const second = lines[1]!;
  return {
    none: () => new HoldUnderTest(),
    asking: () => script(first),
    refusing: () => script(first, (hold) => refuse(hold, second, startedAt)),
    refused: () => script(first, (hold) => refuse(hold, second, startedAt), all),
    held: () => script(first, all),
    heldOverdue: () => script(first, all),
    changing: () => script(first, all, retake([{ sku: 'A', quantity: 5 }])),
    changeRefusing: () => script(first, all, retake([{ sku: 'A', quantity: 5 }]), (hold) => refuse(hold, 'A', startedAt)),
    changeRefused: () => script(first, all, retake([{ sku: 'A', quantity: 5 }]), (hold) => refuse(hold, 'A', startedAt), all),
    surplus: () => script(first, all, retake([{ sku: 'A', quantity: 1 }])),
    changed: () => script(first, all, retake([{ sku: 'A', quantity: 5 }]), all, all),
    committing: () => script(first, all, { type: 'commit', buyer }),
    committingSurplus: () => script(first, all, retake([{ sku: 'A', quantity: 1 }]), { type: 'commit', buyer }),
    committed: () => script(first, all, { type: 'commit', buyer }, all),
    releasing: () => script(first, all, { type: 'release', buyer }),
    abandoning: () => script(first, { type: 'release', buyer }),
    abandoned: () => script(first, { type: 'release', buyer }, all),
    released: () => script(first, all, { type: 'release', buyer }, all),
    expiring: () => script(first, all, tick),
    expired: () => script(first, all, tick, all),
  } as const satisfies Record<string, () => HoldUnderTest>;
}

export const stages = stagesOf(twoLines);

export type Stage = keyof typeof stages;

/** When a stage is looked at. */
export function lookedAt(stage: Stage): Instant {
  return startedAt + (stage === 'heldOverdue' || stage.startsWith('expir') ? ttlMs : 1_000);
}

function all(hold: HoldUnderTest): void {
  answerAll(hold, startedAt + 1);
}

function tick(hold: HoldUnderTest): void {
  hold.send({ type: 'tick' }, startedAt + ttlMs);
}

function script(...steps: readonly (HoldCommand | ((hold: HoldUnderTest) => unknown))[]): HoldUnderTest {
  const hold = new HoldUnderTest();
  for (const step of steps) {
    if (typeof step === 'function') step(hold);
    else hold.send(step, startedAt);
  }
  return hold;
}
