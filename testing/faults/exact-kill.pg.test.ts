/** A server on the Postgres log, killed at an exact point of an append. */
import { test } from 'vitest';
import { expectOneEffect } from './exact-kill.ts';

test('a server killed after a frame was sent and before it was acknowledged gives each retry one effect', async () => {
  await expectOneEffect('sent');
});

test('a server killed after a frame was acknowledged and before anybody was answered gives each retry one effect', async () => {
  await expectOneEffect('acknowledged');
});
