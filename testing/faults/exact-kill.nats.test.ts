/** A server on the JetStream log, killed at an exact point of an append; the broker outlives it. */
import { test } from 'vitest';
import { startNats } from '../../engines/nats/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { expectOneEffect, type KillPoint } from './exact-kill.ts';

async function onBroker(point: KillPoint): Promise<void> {
  using folder = temporaryFolder();
  const nats = await startNats({ dataDir: folder.path, replicas: 1 });
  try {
    await expectOneEffect(point, { ONHAND_LOG: 'jetstream', NATS_URL: nats.url, NATS_REPLICAS: '1' });
  } finally {
    await nats.stop();
  }
}

test('a server killed after a frame was published and before the broker confirmed it gives each retry one effect', async () => {
  await onBroker('sent');
});

test('a server killed after the broker confirmed a frame and before anybody was answered gives each retry one effect', async () => {
  await onBroker('acknowledged');
});
