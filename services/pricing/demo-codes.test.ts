/** Codes of the demo: each is defined once, and one that has a life of its own is left alone. */
import { expect, it } from 'vitest';
import type { ActorRefusal } from '../../actors/kernel/index.ts';
import type { Envelope, Outcome, Router } from '../../runtime/router/port.ts';
import { defineCodes } from './demo-codes.ts';

const position = { incarnation: 'i', shard: 0, epoch: 1, frame: 0, index: 0 };
const refused = (refusal: ActorRefusal): Outcome => ({ kind: 'refused', refusal, position, at: 0 });

function shop(known: readonly string[], answer?: Outcome) {
  const codes = new Set(known);
  const sent: string[] = [];
  const router: Router = {
    send({ actor, command }: Envelope, heard) {
      sent.push(`${command.type} ${actor.kind} ${actor.store} ${actor.id}`);
      if (answer !== undefined) return heard(answer);
      if (command.type === 'define') codes.add(actor.id);
      heard(codes.has(actor.id) ? { kind: 'reply', reply: {}, repeated: false, position, at: 0 } : refused({ code: 'coupon_unknown' }));
    },
  };
  return { router, sent };
}

it('defines what is not known, once', async () => {
  const { router, sent } = shop(['OLD']);
  expect(await defineCodes(router, 'store', ['OLD', 'NEW'])).toBe(1);
  expect(await defineCodes(router, 'store', ['OLD', 'NEW'])).toBe(0);
  expect(sent.filter((text) => text.startsWith('define'))).toEqual(['define coupon store NEW']);
});

it.each([
  ['is away', { kind: 'unavailable', code: 'not_ready', retryAfterMs: 1 }, /OLD could not be read: not_ready/],
  ['says no', refused({ code: 'repeats_full' }), /OLD could not be read: repeats_full/],
] as const)('a shop that %s is told about', async (_what, answer, message) => {
  await expect(defineCodes(shop([], answer).router, 'store', ['OLD'])).rejects.toThrow(message);
});
