import { expect, test } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import { silentLogger } from '../../runtime/logger.ts';
import type { Envelope } from '../../runtime/router/port.ts';
import { ActorCalls } from './actor-calls.ts';

test('what gives back or only reads is sent as such, so that a nearly full log still takes it', () => {
  const sent: Envelope[] = [];
  const calls = new ActorCalls({ send: (envelope) => sent.push(envelope) }, silentLogger as never);
  for (const type of ['hold', 'commit', 'release', 'read', 'readHold', 'receive'])
    calls.outcome(actorId('stock', 's', 'A'), { type }, () => {});
  expect(sent.filter(({ frees }) => frees === true).map(({ command }) => command.type)).toEqual(['release', 'read', 'readHold']);
});
