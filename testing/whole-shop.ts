/**
 * The shop as `onhand start` starts it, in this process: real Postgres, simulated payments, mails into the outbox.
 * For browser tests that go from the shelf to the parcel.
 */
import { pino } from 'pino';
import { type Onhand, startOnhand } from '../main.ts';
import { resolveConfig } from '../runtime/config.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface WholeShop extends AsyncDisposable {
  readonly url: string;
  /** Of the demo store. */
  readonly secretKey: string;
  readonly publishableKey: string;
}

export async function openWholeShop(): Promise<WholeShop> {
  const folder = temporaryFolder();
  const flags = { port: '0', data: folder.path };
  const config = resolveConfig({ flags, environment: {}, file: {}, workingDir: folder.path });
  const shop: Onhand = await startOnhand({ config, logger: pino({ level: 'silent' }) });
  const demo = shop.keys.stores.find((store) => store.demo)!;
  return {
    url: shop.url,
    secretKey: demo.secretKey,
    publishableKey: demo.publishableKey,
    async [Symbol.asyncDispose]() {
      await shop.stop();
      folder[Symbol.dispose]();
    },
  };
}
