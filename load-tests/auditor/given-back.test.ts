import { expect, it } from 'vitest';
import { givenBackTooLate } from './given-back.ts';
import type { Observation } from './observations.ts';
import type { PurchaseObservation } from './purchase-observations.ts';

const left = (buyer: number, atMs: number, more: Partial<Extract<Observation, { kind: 'left' }>> = {}): Observation => ({
  kind: 'left',
  buyer,
  cameToBuy: true,
  hadUnit: false,
  bought: false,
  atMs,
  ...more,
});
const held = (buyer: number, holdId: string, expiresAtMs: number): Observation => ({
  kind: 'holdAcknowledged',
  buyer,
  key: holdId,
  holdId,
  quantity: 1,
  expiresAtMs,
  sentAtMs: 1,
  answeredAtMs: 2,
});
const canceled = (orderId: string, sentAtMs: number): PurchaseObservation => ({ kind: 'cancelSent', buyer: 1, orderId, sentAtMs });
const declined = (answeredAtMs: number): PurchaseObservation => ({
  kind: 'checkoutRefused',
  buyer: 1,
  key: 'k',
  code: 'payment_failed',
  final: false,
  sentAtMs: answeredAtMs - 1,
  answeredAtMs,
});

it('nothing is too late while somebody who wants a unit asks again', () => {
  expect(givenBackTooLate([left(0, 100_000)], [canceled('o1', 79_000), declined(80_000)])).toBe(0);
});

it('what is given back when nobody who wanted one comes again is too late, once each', () => {
  expect(givenBackTooLate([left(0, 100_000)], [canceled('o1', 81_000), canceled('o1', 90_000), declined(99_000)])).toBe(2);
  expect(givenBackTooLate([left(0, 100_000, { hadUnit: true, bought: true })], [canceled('o1', 1)])).toBe(1);
});

it('a hold comes back when its buyer lets go of it, or walked away and it has ended; what was bought does not', () => {
  const story = [left(0, 50_000), left(1, 60_000, { hadUnit: true }), held(1, 'h1', 90_000)];
  expect(givenBackTooLate(story, [])).toBe(1);
  expect(givenBackTooLate([...story, { kind: 'releaseSent', buyer: 1, holdId: 'h1', sentAtMs: 20_000 }], [])).toBe(0);
  const buyer = [left(0, 50_000), left(1, 60_000, { hadUnit: true, bought: true }), held(1, 'h1', 90_000)];
  expect(givenBackTooLate(buyer, [])).toBe(0);
});
