/** N5: whole checkouts, sustained. */
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
export const checkoutConnections = 448;
/** The usual ways wait for fewer things: more at once only stand in line for the same rows. */
const usualConnections = 64;
const products = 64;
const usualWays: Readonly<Record<WhoTakesTheMoney, readonly Side[]>> = {
  simulator: [serializableCheckout, lockedCheckout],
  memory: [serializableCheckoutFree, lockedCheckoutFree],
};

export const checkoutMeasures: readonly Measure[] = [
  sustainedCheckouts('N5-simulator', 'simulator', { floor: 1_000, aim: 2_500 }, 'paid through the SDK at the simulator'),
  sustainedCheckouts('N5-in-memory', 'memory', { floor: 2_000, aim: 5_000 }, 'with payments answered within the process'),
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
    connections: checkoutConnections,
    missing: () => Promise.resolve(null),
    prepare: (settings) => prepareSustained(settings, money),
  };
}

async function prepareSustained(settings: BenchSettings, money: WhoTakesTheMoney): Promise<PreparedMeasure> {
  const { progress } = settings;
  const side = await CheckoutSide.open(settings, money);
  const load = { connections: Math.min(checkoutConnections, settings.connections), seconds: sustainedOf(settings) };
  let samples: Sample[] = [];
  const onSample = (sample: Sample): void => {
    samples.push(sample);
    progress(
      `checkouts: ${Math.round(sample.second)} of ${load.seconds} s, ${sample.perSecond}/s, rows ${sample.lagMs} ms late, ${sample.serverMb} MB`,
    );
  };
  const { url, durability } = side.shop.target;
  return {
    durability: { ours: durability, baseline: usualWays[money][0]?.durability ?? null },
    versions: await versionsOfOurs(url),
    generator: side.generator(load.connections),
    warmUp: async () => void (await side.read({ ...load, seconds: Math.min(5, load.seconds) })),
    async ours() {
      samples = [];
      return withSamples(await side.read({ ...load, onSample }), samples);
    },
    baseline: () =>
      theBestOf(
        usualWays[money],
        { connections: Math.min(usualConnections, load.connections), seconds: Math.min(burstSeconds, burstOf(settings)) },
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
