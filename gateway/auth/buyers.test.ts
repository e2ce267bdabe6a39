import { expect, it } from 'vitest';
import { buyerLimits, Buyers } from './buyers.ts';

const signingKey = new Uint8Array(32).map((_, index) => index * 7);
const nowMs = Date.UTC(2026, 10, 21, 12) + 345;
const newBuyers = () => new Buyers({ signingKey, nowMs: () => nowMs });

it('B1 a token is good for its own store, here and where it was not issued', async () => {
  const issuing = newBuyers();
  const { buyerId, token } = await issuing.issue('store_a');
  for (const buyers of [issuing, newBuyers()]) {
    expect(await buyers.buyerOf(token, 'store_a')).toBe(buyerId);
    expect(await buyers.buyerOf(token, 'store_b')).toBeNull();
  }
});

it('B2 a token is nobody once it has expired, also where it was remembered', async () => {
  let now = nowMs;
  const buyers = new Buyers({ signingKey, nowMs: () => now });
  const { token } = await buyers.issue('store_a');
  now += buyerLimits.tokenLifeMs;
  expect(await buyers.buyerOf(token, 'store_a')).toBeNull();
});

it('a token that was changed, or signed with another key, is nobody', async () => {
  const { token } = await newBuyers().issue('store_a');
  const other = new Buyers({ signingKey: new Uint8Array(32).fill(9), nowMs: () => nowMs });
  expect(await newBuyers().buyerOf(`${token.slice(0, -4)}AAAA`, 'store_a')).toBeNull();
  expect(await other.buyerOf(token, 'store_a')).toBeNull();
});
