/** One unit and ten thousand buyers over real HTTP: one of them has it, all others are told so for good. */
import { expect, it } from 'vitest';
import { startServer } from '../server.ts';
import { runFlashSale } from './run.ts';

it('the last unit is sold once to one of ten thousand, and the others hear a final refusal', { timeout: 300_000 }, async () => {
  await using server = await startServer();
  const store = (await server.keys())[0]!;
  const { verdict } = await runFlashSale({
    buyers: 10_000,
    stock: 1,
    seed: 47,
    ratePerSecond: null,
    socketsMax: 500,
    url: server.url,
    publishableKey: store.publishableKey,
    secretKey: store.secretKey,
    serverPid: null,
    connectionsMax: 256,
    patienceMs: 120_000,
    progress: () => undefined,
  });
  expect(verdict).toMatchObject({ sold: 1, refused: 9_999, oversold: 0, undersold: 0, duplicated: 0, holdsLeaked: 0, clean: true });
});
