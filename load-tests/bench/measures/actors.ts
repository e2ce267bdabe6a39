/** N14: what a product costs that is merely there, and how fast products come in from their rows. */
import type { BenchSettings, Measure, PreparedMeasure } from '../measure.ts';
import { type Awoken, CatalogueServer } from '../ours/catalogue-server.ts';
import { versionsOfOurs } from '../ours/versions.ts';

const products = 50_000;
const productsQuick = 5_000;

export const actorMeasures: readonly Measure[] = [
  {
    id: 'N14',
    name: 'N14-memory',
    what: 'Memory of one idle SKU actor: alive in the server after all products were read once, less what was alive before, by product. As on the day after its units came in: that receipt is forgotten.',
    unit: 'bytes',
    better: 'lower',
    judge: 'value',
    floor: 2_048,
    aim: 614,
    readings: 'pairs',
    missing: missingHere,
    prepare: (settings) => prepare(settings, ({ bytesPerActor }) => bytesPerActor),
  },
  {
    id: 'N14',
    name: 'N14-activation',
    what: 'SKU actors activated a second: a server that has just started is asked over HTTP for the stock of products it has not in memory, 500 at once.',
    unit: 'SKUs/s',
    better: 'higher',
    judge: 'value',
    floor: 10_000,
    aim: 50_000,
    readings: 'pairs',
    missing: missingHere,
    prepare: (settings) => prepare(settings, ({ perSecond }) => perSecond),
  },
];

/** Signals and /proc are those of Unix. */
function missingHere(): Promise<string | null> {
  return Promise.resolve(
    process.platform === 'win32' ? 'The server is asked for its memory by a signal that Windows does not have.' : null,
  );
}

async function prepare(settings: BenchSettings, pick: (awoken: Awoken) => number): Promise<PreparedMeasure> {
  const count = settings.quick ? productsQuick : products;
  const catalogue = await CatalogueServer.open(count, settings.progress);
  const response = await fetch(`${catalogue.url}/readyz`);
  const { durability } = (await response.json()) as { readonly durability?: string };
  return {
    durability: { ours: durability ?? 'not stated', baseline: null },
    versions: await versionsOfOurs(catalogue.url),
    generator: `our own client, 8 reads of 500 SKUs at a time, ${count} products`,
    // the server is started anew for each reading: there is nothing to keep warm but the pages of Postgres
    async warmUp() {
      await catalogue.read();
    },
    async ours() {
      const awoken = await catalogue.read();
      return { value: pick(awoken), figures: { bytesPerActor: awoken.bytesPerActor, activatedPerSecond: awoken.perSecond } };
    },
    baseline: null,
    [Symbol.asyncDispose]: () => catalogue[Symbol.asyncDispose](),
  };
}
