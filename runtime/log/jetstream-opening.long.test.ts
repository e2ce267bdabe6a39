/**
 * A start while three brokers have no leader: it waits for them, within its bound, and does not give up at once.
 * Long, because a broker that led steps down only some seconds after it lost the others.
 */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { startNats } from '../../engines/nats/index.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { eventually } from '../../testing/until.ts';
import { silentLogger } from '../logger.ts';
import { JetStreamLog } from './jetstream.ts';
import { logStart } from './port.ts';

test('brokers that have no leader yet are asked again until they have one', async () => {
  using ownFolder = temporaryFolder();
  await using three = await startNats({ dataDir: ownFolder.path, replicas: 3 });
  const [first, ...others] = three.servers;
  for (const { pid } of others) process.kill(pid, 'SIGSTOP');
  const waited: string[] = [];
  const logger = { ...silentLogger, warn: (_: object, message: string) => void waited.push(message) };
  try {
    await withoutLeader(first!.url);
    const opening = JetStreamLog.open({ url: first!.url, replicas: 3, shardCount: 2, appendTimeoutMs: 300, logger });
    await eventually('it asks again', () => waited.length > 2);
    for (const { pid } of others) process.kill(pid, 'SIGCONT');
    const log = await opening;
    expect(await log.tail(0)).toEqual(logStart);
    await log.close();
  } finally {
    for (const { pid } of others) process.kill(pid, 'SIGCONT');
  }
});

/** One that was the leader steps down some seconds after it lost the others. */
async function withoutLeader(url: string): Promise<void> {
  const connection = await connect({ servers: url });
  const answers = () =>
    jetstreamManager(connection, { timeout: 300 }).then(
      () => true,
      () => false,
    );
  await eventually('nobody leads', async () => !(await answers()), 30_000);
  await connection.close();
}
