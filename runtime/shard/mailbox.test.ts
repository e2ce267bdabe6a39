import { expect, test } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import { Mailbox } from './mailbox.ts';
import { Pending } from './pending.ts';

function pending(lane: 'client' | 'internal', name: string): Pending {
  return new Pending({ actor: actorId('k', 's', name), command: { type: 'x' }, class: lane, waitMs: 1 }, 1, () => {});
}

const names = (mailbox: Mailbox) => Array.from({ length: mailbox.length }, () => mailbox.take()!.envelope.actor.id);

test('commands put back go first, then internal ones, then those of clients', () => {
  const mailbox = new Mailbox({ mailboxClientMax: 9, mailboxInternalMax: 9 });
  for (const name of ['c1', 'c2']) mailbox.offer(pending('client', name));
  for (const name of ['i1', 'i2']) mailbox.offer(pending('internal', name));
  mailbox.putBack([pending('client', 'a1'), pending('client', 'a2')]);
  expect(names(mailbox)).toEqual(['a1', 'a2', 'i1', 'i2', 'c1', 'c2']);
});

test('a command that waits for its actor still takes up its room', () => {
  const mailbox = new Mailbox({ mailboxClientMax: 1, mailboxInternalMax: 1 });
  const parked = pending('client', 'c1');
  expect(mailbox.offer(parked)).toBe(true);
  mailbox.take();
  mailbox.park(parked);
  expect(mailbox.offer(pending('client', 'c2'))).toBe(false);
  mailbox.unpark([parked]);
  expect(mailbox.offer(pending('client', 'c2'))).toBe(true);
});
