/** The shops that check out, as processes: each with Postgres, and the simulator of payments in a process of its own, or no SDK at all. */
import type { Baseline, BaselineMaker } from './child-port.ts';
import { type CheckoutShop, goodCard } from './checkout/checkout-shop.ts';
import { openLockedCheckout } from './checkout/locked-checkout.ts';
import { openSerializableCheckout } from './checkout/serializable-checkout.ts';
import { startSimulatorProcess } from './checkout/simulator-process.ts';
import { freeTill, stripeTill, type Till } from './checkout/till.ts';
import { startTunedPostgres } from './postgres/server.ts';
import { startRedis } from './redis/server.ts';
import { startBoth } from './start-both.ts';
import { type PressedShop, SweptShop } from './swept-shop.ts';

const plenty = (): number => 1_000_000_000;
/** As our server allows itself. */
const paymentSocketsMax = 64;

interface TillServer {
  readonly till: Till;
  stop(): Promise<void>;
}

type OpenTill = (folder: string) => Promise<TillServer>;

const atNoCost: OpenTill = () => Promise.resolve({ till: freeTill, stop: () => Promise.resolve() });

async function atTheSimulator(folder: string): Promise<TillServer> {
  const simulator = await startSimulatorProcess(folder);
  const till = stripeTill(simulator.port, paymentSocketsMax);
  const stop = (): Promise<void> => {
    till.close();
    return simulator.stop();
  };
  return { till, stop };
}

export const serializableCheckoutPaid: BaselineMaker = (folder) => serializableCheckout(folder, atTheSimulator);
export const serializableCheckoutFree: BaselineMaker = (folder) => serializableCheckout(folder, atNoCost);
export const lockedCheckoutPaid: BaselineMaker = (folder) => lockedCheckout(folder, atTheSimulator);
export const lockedCheckoutFree: BaselineMaker = (folder) => lockedCheckout(folder, atNoCost);

async function serializableCheckout(folder: string, openTill: OpenTill): Promise<Baseline> {
  const [postgres, payments] = await startBoth(startTunedPostgres(folder), openTill(folder));
  const open = async (sessions: number) => pressing(await openSerializableCheckout(postgres.url('owner'), payments.till, sessions));
  return new SweptShop({ open, unitsEach: plenty, servers: [postgres, payments] });
}

async function lockedCheckout(folder: string, openTill: OpenTill): Promise<Baseline> {
  const [servers, payments] = await startBoth(startPostgresAndRedis(folder), openTill(folder));
  const { postgres, redis } = servers;
  const open = async (sessions: number) => pressing(await openLockedCheckout(postgres.url('owner'), redis.port, payments.till, sessions));
  return new SweptShop({ open, unitsEach: plenty, servers: [servers, payments] });
}

async function startPostgresAndRedis(folder: string) {
  const [postgres, redis] = await startBoth(startTunedPostgres(folder), startRedis(folder));
  const stop = async (): Promise<void> => {
    await postgres.stop();
    await redis.stop();
  };
  return { postgres, redis, stop };
}

let runs = 0;

function pressing(shop: CheckoutShop): PressedShop {
  let run = '';
  return {
    async restock(stock) {
      runs += 1; // no key is used again: to Stripe that would be the same payment
      run = `run-${runs}`;
      await shop.restock(stock);
    },
    async press(number, sku) {
      const outcome = await shop.checkOut({ key: `${run}-${number}`, buyer: `buyer_${number}`, sku, card: goodCard });
      if (outcome === 'confirmed') return 'done';
      if (outcome === 'sold_out') return 'refused';
      throw new Error(`a checkout ended in ${outcome}`);
    },
    close: () => shop.close(),
  };
}
