/**
 * What is stored of one SKU (tables.ts) when events have happened.
 *
 * R1. Rows tell the state after the frame; events only say which rows. Naming one too many does no harm.
 * R2. Every event touches the SKU's own row, since that carries the version.
 */
import type { ActorId, Json, Row, RowChange, StampedEvent } from '../kernel/index.ts';
import type { LocationQuantity } from './commands.ts';
import type { StockEvent } from './events.ts';
import { unitsIn } from './levels.ts';
import type { MovementKind } from './levels.ts';
import { levelRow, lineRow, partRow, skuRow } from './row-contents.ts';
import { findPart, partName } from './state.ts';
import type { Line, Outcome, Part, StockState } from './state.ts';

export { stockTables } from './tables.ts';

export function stockRows(id: ActorId, events: readonly StampedEvent<StockEvent>[], after: StockState): readonly RowChange[] {
  const last = events.at(-1);
  if (last === undefined) return [];
  const touched = new Touched();
  for (const { event } of events) touch(touched, event, after);
  const { version } = after;
  const rows = new RowList(id, version);
  rows.put('stock_skus', skuRow(id, after, last.at));
  for (const level of after.levels) if (touched.locations.has(level.location)) rows.put('stock_levels', levelRow(id, version, level));
  for (const [line, isNew] of touched.lines) rows.list.push(new LineChange(id, version, line, isNew));
  for (const { part, isNew } of touched.parts.values()) rows.put('stock_holds', partRow(id, version, part), isNew);
  for (const stamped of events) {
    for (const movement of movementsOf(stamped.event)) rows.addAt(stamped.version, 'stock_movements', { ...movement, at: stamped.at });
    if ('commandId' in stamped.event) rows.outcome(stamped.event.commandId, after.outcomes?.byCommand.get(stamped.event.commandId));
    for (const allotment of allotmentsOf(stamped.event, after, touched)) rows.add('stock_allotments', allotment);
  }
  return rows.list;
}

// --- which rows --------------------------------------------------------------------------------------

class Touched {
  readonly locations = new Set<string>();
  /** Whether the line was made in this frame. */
  readonly lines = new Map<Line, boolean>();
  /** With whether the part was taken in this frame. */
  readonly parts = new Map<string, { readonly part: Part; readonly isNew: boolean }>();
  readonly sales = new Set<string>();

  at(allocations: readonly LocationQuantity[]): void {
    for (const { location } of allocations) this.locations.add(location);
  }
}

function touchLine(touched: Touched, holdId: string | undefined, after: StockState, isNew = false): void {
  const line = holdId === undefined ? undefined : after.holds?.lines.get(holdId);
  if (line === undefined) return;
  if (isNew || !touched.lines.has(line)) touched.lines.set(line, isNew);
  touched.at(line.allocations);
  if (line.sale !== null) touched.sales.add(line.sale);
}

function touchPart(touched: Touched, key: Pick<Part, 'holdId' | 'generation' | 'attempt'>, after: StockState, isTaken = false): void {
  const part = findPart(after, key);
  if (part === undefined) return;
  const name = partName(part);
  touched.parts.set(name, { part, isNew: isTaken || (touched.parts.get(name)?.isNew ?? false) });
  touched.at(part.allocations);
  touchLine(touched, part.absorbs ?? undefined, after);
}

function touch(touched: Touched, event: StockEvent, after: StockState): void {
  if ('location' in event) touched.locations.add(event.location);
  if ('allocations' in event) touched.at(event.allocations);
  if ('sale' in event && event.sale !== undefined) touched.sales.add(event.sale);
  switch (event.type) {
    case 'stock.transferred':
      touched.locations.add(event.from).add(event.to);
      return;
    case 'stock.configured':
      touched.at(after.levels.map((level) => ({ location: level.location, quantity: 0 })));
      return;
    case 'stock.held':
      touchLine(touched, event.holdId, after, true);
      return touchLine(touched, event.replaces, after);
    case 'stock.extended':
    case 'stock.released':
    case 'stock.expired':
    case 'stock.committed':
      return touchLine(touched, event.holdId, after);
    case 'stock.fulfilled':
    case 'stock.uncommitted':
      touchLine(touched, event.holdId, after);
      for (const piece of event.pieces) touchPart(touched, { ...piece, holdId: event.holdId }, after);
      return;
    case 'part.shrunk':
      // the locations it no longer has are not in the part any more
      touched.at(after.levels.map((level) => ({ location: level.location, quantity: 0 })));
      return touchPart(touched, event, after);
    case 'part.taken':
      return touchPart(touched, event, after, true);
    case 'part.released':
    case 'part.forestalled':
    case 'part.committed':
    case 'part.asked':
    case 'part.kept':
      return touchPart(touched, event, after);
    default:
      return undefined;
  }
}

// --- rows --------------------------------------------------------------------------------------------

/** The row of a line, made when it is written. A line is replaced, never changed (S1), so it says the same then; and
 *  until then, which is long when the rows are behind, a hold is in memory once and not twice. */
class LineChange implements RowChange {
  readonly table = 'stock_holds';
  readonly isNew: boolean;
  readonly #id: ActorId;
  readonly #version: number;
  readonly #line: Line;

  constructor(id: ActorId, version: number, line: Line, isNew: boolean) {
    this.isNew = isNew;
    this.#id = id;
    this.#version = version;
    this.#line = line;
  }

  get row(): Row {
    return lineRow(this.#id, this.#version, this.#line);
  }
}

class RowList {
  readonly list: RowChange[] = [];
  readonly #store: string;
  readonly #sku: string;
  readonly #version: number;

  constructor(id: ActorId, version: number) {
    this.#store = id.store;
    this.#sku = id.id;
    this.#version = version;
  }

  put(table: string, row: Row, isNew = false): void {
    this.list.push({ table, row, isNew });
  }

  add(table: string, row: Row): void {
    this.addAt(this.#version, table, row);
  }

  addAt(version: number, table: string, row: Row): void {
    this.put(table, { store_id: this.#store, sku: this.#sku, version, ...row });
  }

  outcome(commandId: string, outcome: Outcome | undefined): void {
    if (outcome === undefined) return;
    const { fingerprint, reply, at, version } = outcome;
    const row = {
      store_id: this.#store,
      kind: 'stock',
      actor_id: this.#sku,
      command_id: commandId,
      version,
      fingerprint,
      reply: JSON.parse(reply) as Json,
      at,
    };
    this.put('command_outcomes', row);
  }
}

// --- history -------------------------------------------------------------------------------------------

function movement(
  kind: MovementKind,
  location: string,
  quantity: number,
  of: { readonly commandId: string; readonly reason?: string; readonly holdId?: string },
): Row {
  return { location, kind, quantity, reason: of.reason ?? null, command_id: of.commandId, hold_id: of.holdId ?? null };
}

const noRows: readonly Row[] = [];

/** What the event did to on_hand. A count that found what was expected moved nothing. */
function movementsOf(event: StockEvent): readonly Row[] {
  switch (event.type) {
    case 'stock.received':
      return [movement('received', event.location, event.quantity, event)];
    case 'stock.adjusted':
      return [movement('adjusted', event.location, event.delta, event)];
    case 'stock.counted':
      return event.delta === 0
        ? noRows
        : [movement('adjusted', event.location, event.delta, { commandId: event.commandId, reason: 'count' })];
    case 'stock.transferred':
      return [movement('transferred', event.from, -event.quantity, event), movement('transferred', event.to, event.quantity, event)];
    case 'stock.returned':
      return [
        movement('returned', event.location, event.quantity, {
          commandId: event.commandId,
          reason: event.condition,
          ...(event.holdId === undefined ? {} : { holdId: event.holdId }),
        }),
      ];
    case 'stock.fulfilled':
      return shippedFrom(event.pieces.flatMap((piece) => piece.units)).map(({ location, quantity }) =>
        movement('shipped', location, -quantity, event),
      );
    default:
      return noRows;
  }
}

/** One movement per location and event: two parts may ship from one place. */
function shippedFrom(units: readonly LocationQuantity[]): readonly LocationQuantity[] {
  const locations = [...new Set(units.map((unit) => unit.location))];
  return locations.map((location) => ({ location, quantity: unitsIn(units.filter((unit) => unit.location === location)) }));
}

// --- allotments ------------------------------------------------------------------------------------------

/** A sale's rows are all written when one changed: it has one per location. */
function allotmentsOf(event: StockEvent, after: StockState, touched: Touched): readonly Row[] {
  if (touched.sales.size === 0 && event.type !== 'stock.takenBack') return noRows;
  const rows: Row[] = [];
  if (event.type === 'stock.takenBack' && event.closes) {
    const sale = after.sales.get(event.sale);
    for (const { location } of event.allocations) {
      // unless the sale was opened again since, at this location too
      const isOpenAgain = sale?.open === true && sale.units.some((unit) => unit.location === location);
      if (!isOpenAgain) rows.push({ sale: event.sale, location, quantity: 0, open: false });
    }
  }
  for (const name of touched.sales) {
    const sale = after.sales.get(name);
    if (sale?.open !== true) continue;
    touched.sales.delete(name); // once is enough
    for (const { location, quantity } of sale.units) rows.push({ sale: name, location, quantity, open: true });
  }
  return rows;
}
