/** What the decisions share: their shapes, the repeat check, and what events mean for the shop. */
import { holdLimits } from '../../kernel/index.ts';
import type { Decision, Instant } from '../../kernel/index.ts';
import { partReply, stockReply } from '../answers.ts';
import { changesCounts } from '../apply.ts';
import { fullFor, isForgottenOutcome } from '../book.ts';
import type { LocationQuantity, Once, PartKey, StockRefusal, StockSettings } from '../commands.ts';
import { deltasOf } from '../deltas.ts';
import type { StockEvent, StockFact } from '../events.ts';
import { availableOf, availableOfAll, findLevel, projectedLevels, sumOf } from '../levels.ts';
import type { Level } from '../levels.ts';
import type { StockReplyAny } from '../replies.ts';
import { partAt, type StockState } from '../state.ts';

export type StockDecision = Decision<StockEvent, StockReplyAny, StockRefusal>;

export function accepted(events: readonly StockEvent[], reply: StockReplyAny): StockDecision {
  return { kind: 'accepted', events, reply };
}

export function refused(refusal: StockRefusal): StockDecision {
  return { kind: 'refused', refusal };
}

export function repeated(reply: StockReplyAny): StockDecision {
  return { kind: 'repeated', reply };
}

export const reused = refused({ code: 'idempotency_key_reused' });

/** I5: comes before everything else. Null when the command was not decided before. */
export function repeatOf(state: StockState, command: Once, at: Instant): StockDecision | null {
  const outcome = state.outcomes?.byCommand.get(command.commandId);
  if (outcome === undefined || isForgottenOutcome(outcome, at)) return null;
  return outcome.fingerprint === command.fingerprint ? repeated(JSON.parse(outcome.reply) as StockReplyAny) : reused;
}

/** Exists once units were first received or returned. */
export function isUnknown(state: StockState): boolean {
  return state.version === 0;
}

export function full(state: StockState, at: Instant): StockDecision | null {
  const retryAfterMs = fullFor(state, at);
  return retryAfterMs === null ? null : refused({ code: 'repeats_full', retryAfterMs });
}

/** Released before it was taken: no late copy of the taking is accepted. An unknown SKU refuses it as well, and stays unknown. */
export function forestall(state: StockState, key: PartKey, notAfter: Instant, at: Instant): StockDecision {
  const released = partReply('released', []);
  if (partAt(state, key, at) !== undefined) return repeated(released);
  const until = notAfter + holdLimits.tombstoneSkewMs;
  return accepted(isUnknown(state) || until <= at ? [] : [{ type: 'part.forestalled', ...key, until }], released);
}

/** `comesBack`: units that may return to where the caller wants to take them from. */
export function insufficient(state: StockState, available: number, comesBack: number): StockDecision {
  return refused({ code: 'insufficient_stock', sku: state.sku, available, held: sumOf(state.levels, 'held'), final: comesBack === 0 });
}

/** Units that may come back to available by release, expiry or the end of a sale. Sold units do not. */
export function unitsComingBack(state: StockState): number {
  return sumOf(state.levels, 'held') + sumOf(state.levels, 'allotted');
}

// --- facts ----------------------------------------------------------------------------------------

/** The levels as they are after all these events, which touch different holds. */
export function levelsAfter(state: StockState, events: readonly StockEvent[]): readonly Level[] {
  const deltas = events.flatMap((event) => deltasOf(state, event));
  return deltas.length === 0 ? state.levels : projectedLevels(state.levels, deltas, state.settings.safetyStock);
}

/** Only these may find fewer units than are promised; a hold under `continue` is meant to. */
function isCount(event: StockEvent): boolean {
  return event.type === 'stock.adjusted' || event.type === 'stock.counted' || event.type === 'stock.configured';
}

function settingsAfter(state: StockState, event: StockEvent): StockSettings {
  return event.type === 'stock.configured' ? { ...state.settings, ...event.settings } : state.settings;
}

function shortfallFact(before: readonly Level[], after: readonly Level[]): readonly StockFact[] {
  const short: LocationQuantity[] = [];
  for (const level of after) {
    const available = availableOf(level);
    const known = findLevel(before, level.location);
    if (available < 0 && (known === undefined || available < availableOf(known)))
      short.push({ location: level.location, quantity: -available });
  }
  return short.length === 0 ? [] : [{ type: 'stock.shortfall', short }];
}

function lowFact(before: StockSettings, after: StockSettings, availableBefore: number, availableAfter: number): readonly StockFact[] {
  const threshold = after.lowStockThreshold;
  if (threshold === null || availableAfter > threshold) return [];
  const wasLow = before.lowStockThreshold !== null && availableBefore <= before.lowStockThreshold;
  return wasLow ? [] : [{ type: 'stock.low', available: availableAfter, threshold }];
}

/** The last of `events` with what they mean together. `after`: `levelsAfter` of them all. */
export function withFacts(state: StockState, events: readonly StockEvent[], after: readonly Level[]): readonly StockEvent[] {
  const last = events.at(-1);
  if (last === undefined || (after === state.levels && last.type !== 'stock.configured')) return events;
  const availableBefore = availableOfAll(state.levels);
  const availableAfter = availableOfAll(after);
  const facts = [
    ...lowFact(state.settings, settingsAfter(state, last), availableBefore, availableAfter),
    ...(isCount(last) ? shortfallFact(state.levels, after) : []),
  ];
  // a SKU that was never there is not *back*
  if (state.version > 0 && availableBefore === 0 && availableAfter > 0)
    facts.push({ type: 'stock.replenished', available: availableAfter });
  return facts.length === 0 ? events : [...events.slice(0, -1), { ...last, facts }];
}

/** One event, with its meaning. The usual hold or release changes nothing worth telling: no projection then. */
export function meaning(state: StockState, event: StockEvent): readonly StockEvent[] {
  if (state.settings.lowStockThreshold === null && availableOfAll(state.levels) > 0 && !isCount(event)) return [event];
  return withFacts(state, [event], levelsAfter(state, [event]));
}

/** A command of the merchant's that is answered with the SKU's stock as it is after its one event. */
export function acceptedCount(state: StockState, event: StockEvent): StockDecision {
  const levels = levelsAfter(state, [event]);
  return accepted(
    withFacts(state, [event], levels),
    stockReply({
      sku: state.sku,
      version: state.version + 1,
      countVersion: state.countVersion + Number(changesCounts(event)),
      paused: event.type === 'stock.paused' || (state.paused && event.type !== 'stock.resumed'),
      settings: settingsAfter(state, event),
      levels,
    }),
  );
}
