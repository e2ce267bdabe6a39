/** A small sale at a real server through a network that delivers every request twice (FAULTS 20), or out of order (FAULTS 21). */
import { expect, test } from 'vitest';
import { runFlashSale } from '../../load-tests/flash-sale/run.ts';
import { makeRandom } from '../../load-tests/random.ts';
import { startServer } from '../../load-tests/server.ts';
import { verifyFolder } from '../../load-tests/verify-folder.ts';
import { type Mangling, manglingProxy } from '../mangling-proxy.ts';

const stock = 40;

async function expectCleanSale(mangling: Omit<Mangling, 'random'>): Promise<{ readonly twice: number; readonly overtaken: number }> {
  await using server = await startServer();
  await using proxy = await manglingProxy(server, { ...mangling, random: makeRandom(7).next });
  const [store] = await server.keys();
  const { verdict } = await runFlashSale({
    url: proxy.url,
    publishableKey: store!.publishableKey,
    secretKey: store!.secretKey,
    buyers: 120,
    stock,
    seed: 7,
    ratePerSecond: null,
    socketsMax: 5,
    connectionsMax: 32,
    patienceMs: 10_000,
    settleGraceMs: 5_000,
    holdTtlSeconds: 10,
    serverPid: null,
    progress: () => undefined,
  });
  expect(verdict).toMatchObject({
    sold: stock,
    oversold: 0,
    undersold: 0,
    lostAcknowledged: 0,
    duplicated: 0,
    differences: [],
    clean: true,
  });
  await server.stop();
  const verified = await verifyFolder(server.dataDirectory);
  expect(verified, verified.output).toMatchObject({ exitCode: 0 });
  return proxy.counts;
}

test('requests that are all delivered twice have one effect each', async () => {
  expect((await expectCleanSale({ deliveries: 2, shuffled: 1 })).twice).toBeGreaterThan(stock);
});

test('requests that overtake each other and arrive twice leave every hold in order', async () => {
  expect((await expectCleanSale({ deliveries: 2, shuffled: 8 })).overtaken).toBeGreaterThan(stock);
});
