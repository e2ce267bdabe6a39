/**
 * N15: how much still succeeds when far more buyers come than can be served, and when whoever is refused asks again at once,
 * against the most that succeeds when buyers wait their turn.
 *
 * L1. That is as many at once as serve this kind of work best, not as few as make the denominator small.
 * L2. Who sends the load has a share of the same machine. Ten times as many holds as can be served is more than it can send
 *     beside a server; of three times as many, too, a part finds every connection taken (`turnedAwayPart`).
 */
import type { BenchSettings, Measure, PreparedMeasure, Reading } from '../measure.ts';
import type { ArrivalsLoad, ArrivedAt } from '../ours/arrive-at.ts';
import { CheckoutSide } from '../ours/checkout-side.ts';
import { HoldSide } from '../ours/hold-side.ts';
import type { BenchShop } from '../ours/shop.ts';
import { versionsOfOurs } from '../ours/versions.ts';
import { checkoutConnections } from './checkouts.ts';
import { burstOf } from './durations.ts';

/** More than may wait for one product (`mailboxClientMax`): whoever comes beyond that is refused. */
const holdConnections = 12_000;
/** L1: with a few hundred, frames are small. No more than may wait, or some would be refused. */
const holdConnectionsMost = 8_000;
const holdProducts = 1;
/** Of checkouts, each of which takes some seconds, whether it is done or turned away. */
const overloadConnections = 8_000;
const overloadSeconds = 15;
/** Until the line has formed: before that nobody could be late. */
const rampSeconds = 5;
/** More than can be under way and wait at the door; each asks twenty times a second. */
const storm = { buyers: 1_200, againMs: 50 } as const;

export const overloadMeasures: readonly Measure[] = [
  againstMost(checkouts(), {
    name: 'N15-overload',
    under: 'while ten times as many buyers arrive as can be served (open loop, nobody asks twice)',
    async hardship(side, mostPerSecond, seconds) {
      const load = { ratePerSecond: 10 * mostPerSecond, seconds, rampSeconds, connections: overloadConnections };
      return readingOf(load, await side.arrive(load));
    },
    generator: `overload: a Node process of its own, open loop, up to ${overloadConnections} connections`,
  }),
  againstMost(checkouts(), {
    name: 'N15-retry-storm',
    under: `while ${storm.buyers} buyers ask again every ${storm.againMs} ms whatever they are told`,
    hardship: stormed,
    generator: `storm: our own client, a connection for each of ${storm.buyers} buyers`,
  }),
  againstMost(holds(), {
    name: 'N15-holds',
    under: 'while three times as many buyers arrive as can be served (open loop, nobody asks twice)',
    async hardship(side, mostPerSecond, seconds) {
      const load = { ratePerSecond: 3 * mostPerSecond, seconds, rampSeconds, connections: holdConnections };
      return readingOf(load, await side.arrive({ ...load, skus: holdProducts }));
    },
    generator: `overload: a Node process of its own, open loop, up to ${holdConnections} connections`,
  }),
];

interface Shop extends AsyncDisposable {
  readonly shop: BenchShop;
  generator(connections: number): string;
}

/** What is overloaded. */
interface Work<Side extends Shop> {
  /** For people. */
  readonly done: string;
  readonly unit: string;
  /** L1. */
  readonly connections: number;
  readonly open: (settings: BenchSettings) => Promise<Side>;
  readonly most: (side: Side, connections: number, seconds: number) => Promise<Reading>;
}

function checkouts(): Work<CheckoutSide> {
  return {
    done: 'Checkouts confirmed a second',
    unit: 'checkouts/s',
    connections: checkoutConnections,
    open: (settings) => CheckoutSide.open(settings, 'simulator'),
    most: (side, connections, seconds) => side.read({ connections, seconds }),
  };
}

function holds(): Work<HoldSide> {
  return {
    done: 'Durable holds of one hot SKU a second',
    unit: 'holds/s',
    connections: holdConnectionsMost,
    open: (settings) => HoldSide.open(settings),
    most: (side, connections, seconds) => side.read({ connections, seconds, skus: holdProducts }),
  };
}

interface Load<Side> {
  readonly name: string;
  readonly under: string;
  /** What still succeeds. */
  readonly hardship: (side: Side, mostPerSecond: number, seconds: number) => Promise<Reading>;
  readonly generator: string;
}

function againstMost<Side extends Shop>(work: Work<Side>, load: Load<Side>): Measure {
  return {
    id: 'N15',
    name: load.name,
    what: `${work.done} ${load.under}, against the most when buyers wait their turn.`,
    unit: work.unit,
    better: 'higher',
    judge: 'ratio',
    floor: 0.8,
    aim: 0.95,
    readings: 'pairs',
    connections: work.connections,
    missing: () => Promise.resolve(null),
    prepare: (settings) => prepare(settings, work, load),
  };
}

async function prepare<Side extends Shop>(
  settings: BenchSettings,
  work: Work<Side>,
  { hardship, generator }: Load<Side>,
): Promise<PreparedMeasure> {
  const side = await work.open(settings);
  const seconds = settings.seconds ?? (settings.quick ? burstOf(settings) : overloadSeconds);
  const connections = Math.min(work.connections, settings.connections);
  let most = 0;
  const baseline = async (): Promise<Reading> => {
    const reading = await work.most(side, connections, seconds);
    most = Math.max(most, reading.value);
    return reading;
  };
  const { url, durability } = side.shop.target;
  return {
    durability: { ours: durability, baseline: durability },
    versions: await versionsOfOurs(url),
    generator: `at most: ${side.generator(connections)}; ${generator}`,
    async warmUp() {
      await baseline();
    },
    ours: () => hardship(side, most, seconds),
    baseline,
    [Symbol.asyncDispose]: () => side[Symbol.asyncDispose](),
  };
}

function readingOf({ ratePerSecond, seconds }: ArrivalsLoad, all: ArrivedAt): Reading {
  const { arrived, turnedAway, donePerSecond, p50Ms, p99Ms, refused, late, failed, generatorCores, server, problem } = all;
  const figures = {
    p50Ms,
    p99Ms,
    arrivedPerSecond: ratePerSecond,
    turnedAwayPart: turnedAway / Math.max(1, arrived),
    refusedPerSecond: refused / (rampSeconds + seconds),
    late,
    failed,
    generatorCores,
    ...server,
  };
  return { value: donePerSecond, figures, ...(problem === undefined ? {} : { problem }) };
}

async function stormed(side: CheckoutSide, _mostPerSecond: number, seconds: number): Promise<Reading> {
  const { donePerSecond, lost, created: _, problem, ...figures } = await side.weather({ ...storm, seconds, rampSeconds });
  return { value: donePerSecond, figures: { ...figures, failed: lost }, ...(problem === undefined ? {} : { problem }) };
}
