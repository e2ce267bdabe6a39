/**
 * N5: whole checkouts, sustained. N15: how many of them still succeed when ten times as many buyers come as can be served, and
 * when whoever is refused asks again at once.
 */
import { lockedCheckout, lockedCheckoutFree, serializableCheckout, serializableCheckoutFree } from '../baselines/index.ts';
import type { BenchSettings, Measure, PreparedMeasure, Reading, Series } from '../measure.ts';
import { CheckoutSide, type WhoTakesTheMoney } from '../ours/checkout-side.ts';
import type { Sample } from '../ours/sampler.ts';
import type { Side } from '../side.ts';
import { versionsOfOurs } from '../ours/versions.ts';
import { burstOf, burstSeconds, sustainedOf } from './durations.ts';
import { chartsOf, withSamples } from './samples.ts';

/** A checkout is a dozen steps, each in the log before the next, so it takes a second and more when the machine is busy: with
 *  fewer of them at once the processor waits for the disk. With far more some are turned away at the door, and wrk would come
 *  again as soon as it hears of it instead of when it is told to. */
const connectionsMax = 448;
/** The usual ways wait for fewer things: more at once only stand in line for the same rows. */
const usualConnectionsMax = 64;
const products = 64;
const usualWays: Readonly<Record<WhoTakesTheMoney, readonly Side[]>> = {
  simulator: [serializableCheckout, lockedCheckout],
  memory: [serializableCheckoutFree, lockedCheckoutFree],
};
const overload = 10;
/** So many wait at the same time at most; whoever comes beyond them finds the door shut. */
const overloadConnections = 4_000;
const overloadSeconds = 15;
/** Until the line has formed: before that nobody could be late. */
const rampSeconds = 5;
/** More than can be under way and wait at the door; each asks twenty times a second. */
const storm = { buyers: 1_200, againMs: 50 } as const;

export const checkoutMeasures: readonly Measure[] = [
  sustainedCheckouts('N5-simulator', 'simulator', { floor: 1_000, aim: 2_500 }, 'paid through the SDK at the simulator'),
  sustainedCheckouts('N5-in-memory', 'memory', { floor: 2_000, aim: 5_000 }, 'with payments answered within the process'),
  againstMost(
    'N15-overload',
    `while ${overload} times as many buyers arrive as can be served (open loop, nobody asks twice)`,
    overloaded,
    `overload: a Node process of its own, open loop, up to ${overloadConnections} connections`,
  ),
  againstMost(
    'N15-retry-storm',
    `while ${storm.buyers} buyers ask again every ${storm.againMs} ms whatever they are told`,
    stormed,
    `storm: our own client, a connection for each of ${storm.buyers} buyers`,
  ),
];

function sustainedCheckouts(
  name: string,
  money: WhoTakesTheMoney,
  bounds: { readonly floor: number; readonly aim: number },
  how: string,
): Measure {
  return {
    id: 'N5',
    name,
    what: `Whole checkouts a second over HTTP, sustained: placed, held, priced, ${how}, committed, confirmed, in Postgres. Beside it, without a floor: the better one of two usual ways without HTTP, in a burst.`,
    unit: 'checkouts/s',
    better: 'higher',
    judge: 'value',
    ...bounds,
    readings: 'once',
    connections: connectionsMax,
    missing: () => Promise.resolve(null),
    prepare: (settings) => prepareSustained(settings, money),
  };
}

async function prepareSustained(settings: BenchSettings, money: WhoTakesTheMoney): Promise<PreparedMeasure> {
  const { progress } = settings;
  const side = await CheckoutSide.open(settings, money);
  const load = { connections: Math.min(connectionsMax, settings.connections), seconds: sustainedOf(settings) };
  let samples: Sample[] = [];
  const onSample = (sample: Sample): void => {
    samples.push(sample);
    progress(
      `checkouts: ${Math.round(sample.second)} of ${load.seconds} s, ${sample.perSecond}/s, rows ${sample.lagMs} ms late, ${sample.serverMb} MB`,
    );
  };
  const facts = await factsOf(side, load.connections);
  return {
    ...facts,
    durability: { ours: facts.durability.ours, baseline: usualWays[money][0]?.durability ?? null },
    warmUp: async () => void (await side.read({ ...load, seconds: Math.min(5, load.seconds) })),
    async ours() {
      samples = [];
      return withSamples(await side.read({ ...load, onSample }), samples);
    },
    baseline: () =>
      theBestOf(
        usualWays[money],
        { connections: Math.min(usualConnectionsMax, load.connections), seconds: Math.min(burstSeconds, burstOf(settings)) },
        progress,
      ),
    series: (): Promise<readonly Series[]> => Promise.resolve(chartsOf(samples, 'Checkouts', 'checkouts/s')),
    [Symbol.asyncDispose]: () => side[Symbol.asyncDispose](),
  };
}

/** For comparison, not for the floor: a burst of each usual way, one after the other; the better one counts. */
async function theBestOf(
  sides: readonly Side[],
  load: { readonly connections: number; readonly seconds: number },
  progress: BenchSettings['progress'],
): Promise<Reading> {
  const figures: Record<string, number> = {};
  let value = 0;
  for (const side of sides) {
    if (side.missing !== undefined && (await side.missing()) !== null) continue;
    progress(`the usual way: ${side.name}`);
    const running = await side.start();
    try {
      const { perSecond } = await running.run({ ...load, skus: products });
      figures[`${side.name}, checkouts/s`] = perSecond;
      value = Math.max(value, perSecond);
    } finally {
      await running.stop();
    }
  }
  return { value, figures };
}

/** What is still confirmed under a load, against the most without it. */
type Hardship = (side: CheckoutSide, mostPerSecond: number, seconds: number) => Promise<Reading>;

function againstMost(name: string, under: string, hardship: Hardship, generator: string): Measure {
  return {
    id: 'N15',
    name,
    what: `Checkouts confirmed a second ${under}, against the most that are confirmed when buyers wait their turn.`,
    unit: 'checkouts/s',
    better: 'higher',
    judge: 'ratio',
    floor: 0.8,
    aim: 0.95,
    readings: 'pairs',
    connections: connectionsMax,
    missing: () => Promise.resolve(null),
    prepare: (settings) => prepareAgainstMost(settings, hardship, generator),
  };
}

async function prepareAgainstMost(settings: BenchSettings, hardship: Hardship, generator: string): Promise<PreparedMeasure> {
  const side = await CheckoutSide.open(settings, 'simulator');
  const seconds = settings.seconds ?? (settings.quick ? burstOf(settings) : overloadSeconds);
  const connections = Math.min(connectionsMax, settings.connections);
  let most = 0;
  const baseline = async (): Promise<Reading> => {
    const reading = await side.read({ connections, seconds });
    most = Math.max(most, reading.value);
    return reading;
  };
  const facts = await factsOf(side, connections);
  return {
    ...facts,
    durability: { ours: facts.durability.ours, baseline: facts.durability.ours },
    generator: `at most: ${side.generator(connections)}; ${generator}`,
    async warmUp() {
      await baseline();
    },
    ours: () => hardship(side, most, seconds),
    baseline,
    [Symbol.asyncDispose]: () => side[Symbol.asyncDispose](),
  };
}

async function overloaded(side: CheckoutSide, mostPerSecond: number, seconds: number): Promise<Reading> {
  const ratePerSecond = mostPerSecond * overload;
  const arrived = await side.arrive({ ratePerSecond, seconds, rampSeconds, connections: overloadConnections });
  const { donePerSecond, p50Ms, p99Ms, turnedAway, refused, late, failed, generatorCores, server, problem } = arrived;
  const figures = {
    p50Ms,
    p99Ms,
    arrivedPerSecond: ratePerSecond,
    turnedAwayPart: turnedAway / Math.max(1, arrived.arrived),
    refusedPerSecond: refused / (seconds + rampSeconds),
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

async function factsOf(side: CheckoutSide, connections: number): Promise<Pick<PreparedMeasure, 'durability' | 'versions' | 'generator'>> {
  const { url, durability } = side.shop.target;
  return {
    durability: { ours: durability, baseline: null },
    versions: await versionsOfOurs(url),
    generator: side.generator(connections),
  };
}
