/**
 * The judge. From what buyers saw and what the books say afterwards it recomputes what must be true, and
 * counts every way in which it is not. Shares no code with the server, nor with the buyers beyond the
 * facts they recorded. Pure: same facts, same verdict.
 *
 * A1. oversold: more units sold, or certainly promised at one moment, than there were.
 * A2. undersold: units left at the end while a buyer left without ever having had one.
 * A3. lostAcknowledged: something the server acknowledged that the books do not show.
 * A4. duplicated: two effects of one request, or an effect nobody asked for.
 * A5. holdsLeaked: units still held when every buyer is gone and every hold has had its time.
 * A6. linearizable: whether one order of all answers is what a single counter would have given (`one-order.ts`).
 * Whatever else does not add up is a difference, in words. A verdict is clean only without any of them.
 *
 * Does not prove that nothing was held between two answers: it sees a hold only from its
 * acknowledgement until its buyer lets go.
 */
import { type HoldStory, readStories } from './hold-stories.ts';
import { oneOrder, type OneOrder } from './one-order.ts';
import type { BookLevel, BookMovement, Books, Observation, Opening } from './observations.ts';

export interface Verdict {
  /** Units committed, by the books. */
  readonly sold: number;
  /** Buyers who left without a unit of their own. */
  readonly refused: number;
  /** Buyers who came to buy. */
  readonly demand: number;
  readonly oversold: number;
  readonly undersold: number;
  readonly lostAcknowledged: number;
  readonly duplicated: number;
  readonly holdsLeaked: number;
  /** Whether one order explains what all buyers were told; "no" is not clean. */
  readonly linearizable: OneOrder;
  readonly differences: readonly string[];
  readonly clean: boolean;
}

/** A hold's expiry is the server's time; the two clocks may differ by this much. */
const clockSkewMs = 2_000;
const differencesMax = 50;

export function audit(opening: Opening, observations: readonly Observation[], books: Books): Verdict {
  const stories = readStories(observations);
  const leavings = observations.filter((observation) => observation.kind === 'left');
  const totals = bookTotals(books);
  const sold = totals.committed + totals.shipped;
  const demand = leavings.filter((leaving) => leaving.cameToBuy).length;
  const differences = [
    ...conservation(books),
    ...finality(observations),
    ...surprises(observations),
    ...soldAsExpected(sold, opening.stock, demand),
  ];
  const linearizable = oneOrder(opening, observations, peakOfCertainUnits(stories.holds)); // A6
  const counts = {
    oversold: oversold(opening, stories, totals), // A1
    undersold: Math.min(Math.max(0, totals.available), leavings.filter((leaving) => !leaving.hadUnit).length), // A2
    lostAcknowledged: lostAcknowledged(opening, stories, books, totals), // A3
    duplicated: duplicated(opening, stories, books, totals), // A4
    holdsLeaked: Math.max(totals.held, stories.holds.filter((story) => books.holds.get(story.holdId)?.status === 'held').length), // A5
  };
  return {
    sold,
    refused: leavings.filter((leaving) => !leaving.bought).length,
    demand,
    ...counts,
    linearizable,
    differences: differences.slice(0, differencesMax),
    clean: differences.length === 0 && linearizable !== 'no' && Object.values(counts).every((count) => count === 0),
  };
}

export interface BookTotals {
  readonly available: number;
  readonly held: number;
  readonly committed: number;
  readonly shipped: number;
  readonly received: number;
  readonly receipts: number;
  readonly short: number;
}

export function bookTotals(books: Books): BookTotals {
  const sum = (read: (level: BookLevel) => number): number => books.levels.reduce((total, level) => total + read(level), 0);
  const moved = (kind: string): number =>
    books.movements.filter((movement) => movement.kind === kind).reduce((total, movement) => total + movement.delta, 0);
  return {
    available: sum((level) => Math.max(0, level.available)),
    short: sum((level) => Math.max(0, -level.available)),
    held: sum((level) => level.held),
    committed: sum((level) => level.committed),
    shipped: Math.abs(moved('shipped')),
    received: moved('received'),
    receipts: books.movements.filter((movement) => movement.kind === 'received').length,
  };
}

function oversold(opening: Opening, stories: Stories, totals: BookTotals): number {
  const acknowledged = stories.holds.filter((story) => story.commitAcknowledged).reduce((units, story) => units + story.quantity, 0);
  return Math.max(
    0,
    totals.committed + totals.shipped - opening.stock,
    acknowledged - opening.stock,
    peakOfCertainUnits(stories.holds) - opening.stock,
    totals.short,
  );
}

/** The most units that were promised at one moment beyond doubt: acknowledged and not yet let go. */
export function peakOfCertainUnits(holds: readonly HoldStory[]): number {
  const changes: { readonly atMs: number; readonly units: number }[] = [];
  for (const hold of holds) {
    const untilMs = hold.commitAcknowledged ? Number.POSITIVE_INFINITY : Math.min(hold.releaseSentAtMs, hold.expiresAtMs - clockSkewMs);
    if (untilMs <= hold.acknowledgedAtMs) continue;
    changes.push({ atMs: hold.acknowledgedAtMs, units: hold.quantity }, { atMs: untilMs, units: -hold.quantity });
  }
  changes.sort((one, other) => one.atMs - other.atMs || one.units - other.units);
  let [units, peak] = [0, 0];
  for (const change of changes) {
    units += change.units;
    peak = Math.max(peak, units);
  }
  return peak;
}

type Stories = ReturnType<typeof readStories>;

const soldStatuses = new Set(['committed', 'fulfilled']);

function lostAcknowledged(opening: Opening, stories: Stories, books: Books, totals: BookTotals): number {
  let lost = 0;
  let unitsAcknowledged = 0;
  for (const story of stories.holds) {
    const status = books.holds.get(story.holdId)?.status;
    if (story.commitAcknowledged) unitsAcknowledged += story.quantity;
    if (status === undefined) lost += 1;
    else if (story.commitAcknowledged && !soldStatuses.has(status)) lost += 1;
    else if (story.releaseAcknowledged && (status === 'held' || soldStatuses.has(status))) lost += 1;
  }
  const unitsMissing = Math.max(0, unitsAcknowledged - totals.committed - totals.shipped);
  const openingMissing = Math.max(0, opening.stock - totals.received);
  return Math.max(lost, unitsMissing) + openingMissing;
}

function duplicated(opening: Opening, stories: Stories, books: Books, totals: BookTotals): number {
  const unitsAskedFor = stories.holds.filter((story) => story.commitSent).reduce((units, story) => units + story.quantity, 0);
  const unitsUnasked = Math.max(0, totals.committed + totals.shipped - unitsAskedFor);
  const receiptsTwice = totals.received > opening.stock ? Math.max(1, totals.receipts - 1) : 0;
  const wrongSize = stories.holds.filter((story) => {
    const kept = books.holds.get(story.holdId);
    return kept !== undefined && kept.quantity !== story.quantity;
  }).length;
  return stories.holdsPerKeyBeyondOne + unitsUnasked + receiptsTwice + wrongSize;
}

/** on_hand = available + held + committed + allotted + damaged + safety stock, and = its movements. */
export function conservation(books: Books): string[] {
  const differences: string[] = [];
  const locations = new Set([...books.levels.map((level) => level.location), ...books.movements.map((movement) => movement.location)]);
  for (const location of locations) {
    const level = books.levels.find((candidate) => candidate.location === location);
    if (level === undefined) {
      differences.push(`location ${location} has movements but no level`);
      continue;
    }
    const parts = level.available + level.held + level.committed + level.allotted + level.damaged + level.safetyStock;
    if (parts !== level.onHand) differences.push(`location ${location}: on hand ${level.onHand}, but its parts add up to ${parts}`);
    const moved = sumOfMovements(books.movements, location);
    if (moved !== level.onHand) differences.push(`location ${location}: on hand ${level.onHand}, but its movements add up to ${moved}`);
  }
  return differences;
}

function sumOfMovements(movements: readonly BookMovement[], location: string): number {
  return movements.reduce((total, movement) => (movement.location === location ? total + movement.delta : total), 0);
}

/** Told "final", no buyer who asks afterwards may get a unit. */
function finality(observations: readonly Observation[]): string[] {
  let finalAtMs = Number.POSITIVE_INFINITY;
  for (const observation of observations) {
    if (observation.kind === 'holdRefused' && observation.final) finalAtMs = Math.min(finalAtMs, observation.answeredAtMs);
  }
  const late = observations.filter((observation) => observation.kind === 'holdAcknowledged' && observation.sentAtMs > finalAtMs);
  const newHolds = new Set(late.map((observation) => (observation.kind === 'holdAcknowledged' ? observation.holdId : '')));
  for (const observation of observations) {
    if (observation.kind === 'holdAcknowledged' && observation.sentAtMs <= finalAtMs) newHolds.delete(observation.holdId); // a repeat
  }
  return newHolds.size === 0
    ? []
    : [`${newHolds.size} units were held by requests sent after a buyer had been told that none can come back`];
}

export function surprises(observations: readonly Observation[]): string[] {
  const counts = new Map<string, number>();
  for (const observation of observations) {
    if (observation.kind === 'answerUnexpected') {
      const text = `${observation.route} answered ${observation.status} ${observation.code}`;
      counts.set(text, (counts.get(text) ?? 0) + 1);
    } else if (observation.kind === 'pushWrong') {
      counts.set(observation.what, (counts.get(observation.what) ?? 0) + 1);
    }
  }
  return [...counts].map(([text, count]) => `${text} (${count} times)`);
}

function soldAsExpected(sold: number, stock: number, demand: number): string[] {
  const expected = Math.min(stock, demand);
  return sold === expected ? [] : [`${sold} units sold, but the smaller of stock ${stock} and demand ${demand} is ${expected}`];
}
