import { expect, test } from 'vitest';
import { outcomeOf } from './answers.ts';

const refused = (code: number, err_code: number, description: string) => ({ error: { code, err_code, description } });

test.each([
  ['an acknowledgement', { stream: 'ONHAND_LOG_0', seq: 7 }, 'acked', 'acked'],
  ['an acknowledgement of another place', { stream: 'ONHAND_LOG_0', seq: 9 }, 'unknown', 'unknown'],
  ['an acknowledgement of no place', { stream: 'ONHAND_LOG_0' }, 'unknown', 'unknown'],
  ['another tail', refused(400, 10071, 'wrong last sequence: 9'), 'stale', 'stale'],
  ['no storage left on the server', refused(503, 10023, 'insufficient resources'), 'full', 'unknown'],
  ['no storage left for the account', refused(400, 10002, 'resource limits exceeded for account'), 'full', 'unknown'],
  ['a limit of the stream', refused(503, 10077, 'maximum bytes exceeded'), 'full', 'unknown'],
  ['a disk that failed', refused(503, 10077, 'no space left on device'), 'unknown', 'unknown'],
  ['something new', refused(500, 19_999, 'who knows'), 'unknown', 'unknown'],
  ['something without a number', { error: { code: 503 } }, 'unknown', 'unknown'],
])('%s is understood, on one copy and on three', (_, answer, onOne, onThree) => {
  expect(outcomeOf(answer, 1, 7).kind).toBe(onOne);
  expect(outcomeOf(answer, 3, 7).kind).toBe(onThree);
});

test('what is unknown says why', () => {
  expect(outcomeOf(refused(503, 10077, 'no space left on device'), 1, 7)).toEqual({
    kind: 'unknown',
    cause: 'no space left on device (10077)',
  });
});

test('an answer "duplicate" is a broken invariant: nothing is sent with a message id', () => {
  expect(() => outcomeOf({ stream: 'ONHAND_LOG_0', seq: 7, duplicate: true }, 1, 7)).toThrow(/duplicate/);
});
