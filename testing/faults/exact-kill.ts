/**
 * What must hold when a real server is killed at an exact point of an append (FAULTS 1, 2): buyers know only what they
 * were told, ask again under the same Idempotency-Key, and each has one hold.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { freshDirectory, startServer } from '../../load-tests/server.ts';
import { verifyFolder } from '../../load-tests/verify-folder.ts';
import { prepareFolder } from '../prepared-folder.ts';
import { eventually } from '../until.ts';
import { Merchant } from './merchant.ts';

export type KillPoint = 'sent' | 'acknowledged';

interface Told {
  readonly status: number;
  readonly holdId: string;
}

const sku = 'killed-in-the-middle';
const opening = 50;
const before = ['a', 'b', 'c'].map((name) => `before-${name}`);
const during = ['d', 'e', 'f', 'g', 'h'].map((name) => `during-${name}`);
/** I8 says 5 s; on a machine that may be busy with other tests. */
const readyWithinMs = 30_000;

export async function expectOneEffect(point: KillPoint, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const folder = await freshDirectory();
  const order = join(folder, 'order');
  try {
    await using server = await startServer({
      prepare: prepareFolder,
      preload: ['testing/preload/kill-at-append.ts'],
      environment: { ...environment, ONHAND_TEST_KILL: order },
      readyWithinMs,
    });
    const merchant = await Merchant.of(server);
    await merchant.receive(sku, opening);
    const told = new Map<string, Told>();
    for (const key of before) told.set(key, await hold(merchant, key));
    writeFileSync(order, `${point} ${sku}`);
    const heard = await Promise.allSettled(during.map((key) => hold(merchant, key)));
    await eventually('the server has been killed', () => server.pid === null);
    expect(existsSync(order), 'it was killed by the order, not by something else').toBe(false);
    for (const [index, answer] of heard.entries()) if (answer.status === 'fulfilled') told.set(during[index]!, answer.value);
    expect(told.size, 'the kill came before somebody had an answer').toBeLessThan(before.length + during.length);
    await server.start();
    for (let round = 0; round < 2; round += 1) {
      for (const key of [...before, ...during]) {
        const again = await hold(merchant, key);
        expect(again, key).toEqual(told.get(key) ?? { status: 201, holdId: again.holdId });
        told.set(key, again);
      }
    }
    expect(new Set([...told.values()].map(({ holdId }) => holdId)).size).toBe(before.length + during.length);
    expect(await merchant.available(sku)).toBe(opening - before.length - during.length);
    await server.stop();
    const verified = await verifyFolder(server.dataDirectory, environment);
    expect(verified, verified.output).toMatchObject({ exitCode: 0 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Throws when the connection ends before an answer. */
async function hold(merchant: Merchant, key: string): Promise<Told> {
  const response = await fetch(`${merchant.url}/v1/holds`, {
    method: 'POST',
    headers: { authorization: `Bearer ${merchant.secretKey}`, 'idempotency-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ sku, quantity: 1, ttlSeconds: 600 }),
  });
  const { holdId } = (await response.json()) as { readonly holdId: string };
  return { status: response.status, holdId };
}
