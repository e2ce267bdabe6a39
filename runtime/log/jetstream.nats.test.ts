/** The log on JetStream: what every log must do, on one server and on three, of the oldest version we promise and the newest. */
import { test } from 'vitest';
import { startNats } from '../../engines/nats/index.ts';
import { newestNatsServer } from '../../testing/nats.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { runLogConformance } from './conformance.ts';
import { JetStreamLog } from './jetstream.ts';

interface Setting {
  readonly name: string;
  readonly replicas: 1 | 3;
  readonly binary?: string;
}

const newest = newestNatsServer();
const settings: readonly Setting[] = [
  { name: 'the log on JetStream', replicas: 1 },
  { name: 'the log on three JetStream servers', replicas: 3 },
  ...(newest === null ? [] : [{ name: 'the log on the newest JetStream', replicas: 1, binary: newest } as const]),
  ...(newest === null ? [] : [{ name: 'the log on three of the newest JetStream servers', replicas: 3, binary: newest } as const]),
];

for (const { name, replicas, binary } of settings) {
  const makeStore = async () => {
    const folder = temporaryFolder();
    const nats = await startNats({ dataDir: folder.path, replicas, ...(binary === undefined ? {} : { binary }) });
    return {
      open: () => JetStreamLog.open({ url: nats.url, replicas }),
      trimKeepsMax: 0,
      async [Symbol.asyncDispose]() {
        await nats.stop();
        folder[Symbol.dispose]();
      },
    };
  };
  // A server of 2.9 can stop answering for ever when two clients make one stream at the same moment (seen once under
  // load). In earnest only the holder of the lease makes streams.
  runLogConformance(name, makeStore, { beginsAtOnce: binary !== undefined });
}

test.runIf(newest === null)(
  'the newest nats-server is not on this machine: go install github.com/nats-io/nats-server/v2@latest brings it',
  ({ skip }) => skip(),
);
