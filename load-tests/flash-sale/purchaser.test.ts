import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { Observation } from '../auditor/observations.ts';
import { HttpClient, parseTarget } from '../http/client.ts';
import { nowMs } from '../measure/now.ts';
import type { BuyerPlan } from './plan.ts';
import { planPurchase } from './purchase-plan.ts';
import { Purchaser } from './purchaser.ts';

/** Somebody who takes a unit into the basket, is asked for 3-D Secure, and cancels instead. */
function shyPlan(): BuyerPlan {
  const rest = { index: 0, arrivesAfterMs: 0, thinkMs: 0, sendsTwice: false, cutsAfterMs: null, watches: false } as const;
  for (let seed = 0; ; seed++) {
    const plan: BuyerPlan = { ...rest, behaviour: 'buy', seed };
    const { story, basket } = planPurchase(plan, true);
    if (story === 'shies_away' && basket) return plan;
  }
}

const order = (status: string) => ({ orderId: 'o1', status, paymentStatus: 'none', version: 3, captured: null, refunded: null });
const held = { holdId: 'h1', status: 'held', expiresAt: new Date(nowMs() + 60_000).toISOString() };
const withOrder = { code: 'hold_ended', holdStatus: 'absorbed' };

it('who cancels empties the basket once the order has given the unit back to it', async () => {
  const releases = [[409, withOrder], [409, withOrder], [204]] as [number, unknown?][];
  const seen: string[] = [];
  const answerTo = ({ method, url }: IncomingMessage): [status: number, body?: unknown] => {
    seen.push(`${method} ${url}`);
    if (url === '/v1/holds') return [201, held];
    if (url === '/v1/checkouts') return [202, order('requires_action')];
    if (url === '/v1/orders/o1/cancel') return [200, order('canceled')];
    return releases.shift() ?? [204];
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => {
      const [status, body] = answerTo(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = parseTarget(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const client = new HttpClient({ address: target, connectionsMax: 1, waitingMax: 10, timeoutMs: 5_000 });
  const observations: Observation[] = [];
  try {
    const shop = { publishableKey: 'pk', secretKey: 'sk', sku: 'a', run: 'run', holdTtlSeconds: 60, expiringTtlSeconds: 5 };
    const counts = { measure: () => {}, countRetry: () => {}, observePurchase: () => {} };
    const purchase = { patienceMs: 20_000, unitPriceMinor: 1, simulated: true, mark: 'm', tokens: new Map([[0, 'token']]) };
    const world = { client, ...shop, ...counts, ...purchase, observe: (one: Observation) => void observations.push(one) };
    await new Purchaser(world, shyPlan(), null).run();
  } finally {
    client.close();
    server.close();
  }
  expect(seen.filter((line) => line === 'DELETE /v1/holds/h1')).toHaveLength(3);
  expect(observations.at(-1)).toMatchObject({ kind: 'left', bought: false });
});
