/** What the simulator keeps is bounded, and what was forgotten makes room. */
import { describe, expect, it } from 'vitest';
import { IdempotencyKeys, type Kept } from './idempotency.ts';
import { type Intent, newIntent } from './objects.ts';
import { World } from './world.ts';

const terms = {
  amount: 100,
  currency: 'usd',
  captureMethod: 'manual',
  feeAmount: null,
  destination: null,
  customer: null,
  metadata: {},
  description: null,
  returnUrl: null,
};

function intent(number: number, status: Intent['status']): Intent {
  const made = { id: `pi_${number}`, account: '', created: 1, clientSecret: 's', paymentMethod: null };
  return { ...newIntent(made, terms), status };
}

describe('payments', () => {
  const limits = { intentsMax: 2_000, refundsPerIntentMax: 1, customersMax: 1, accountsMax: 1 };

  it('of a journal that is longer than allowed are forgotten down to the bound, the oldest first (W1)', () => {
    const world = new World(limits);
    for (let number = 0; number < 5_001; number += 1) world.restore({ kind: 'intent', value: intent(number, 'succeeded') });
    world.trim();
    expect(world.intents.size).toBeLessThanOrEqual(2_000);
    expect(world.intents.size).toBeGreaterThan(1_990);
    expect(world.intents.has('pi_5000')).toBe(true);
    expect(world.intents.has('pi_3000')).toBe(false);
  });

  it('that are under way stay, and the ended ones behind them go (W1)', () => {
    const world = new World(limits);
    for (let number = 0; number < 2_000; number += 1)
      world.restore({ kind: 'intent', value: intent(number, number < 500 ? 'processing' : 'canceled') });
    expect(world.hasRoomForIntent()).toBe(true);
    expect(world.intents.size).toBe(1_998);
    expect(world.intents.has('pi_499')).toBe(true);
    expect(world.intents.has('pi_500')).toBe(false);
  });
});

describe('kept answers', () => {
  const kept = (number: number): Kept => ({ key: `k${number}`, fingerprint: 'f', status: 200, body: '', requestId: '', atSeconds: 1 });

  it.each([1, 3, 64, 1_000])('are at most %i, and the newest is among them (K5)', (keysMax) => {
    const keys = new IdempotencyKeys(keysMax);
    for (let number = 0; number < 3_000; number += 1) {
      keys.restore(kept(number));
      expect([...keys.everything(1)].length).toBeLessThanOrEqual(keysMax);
      expect(keys.begin(`k${number}`, 'f', 1).kind).toBe('replay');
    }
    expect([...keys.everything(1)].length).toBeGreaterThan(keysMax - Math.ceil(keysMax / 64) - 1);
  });
});
