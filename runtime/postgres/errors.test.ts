import { expect, test } from 'vitest';
import { sqlStateOf, verdictOf } from './errors.ts';

function serverError(code: string, severity = 'ERROR'): Error {
  return Object.assign(new Error(`server says ${code}`), { code, severity });
}

function socketError(code: string): Error {
  return Object.assign(new Error(`socket says ${code}`), { code });
}

const afterSending = [
  // refused by the server: rolled back
  [serverError('53100'), 'full'],
  [serverError('53200'), 'notWritten'],
  [serverError('40001'), 'notWritten'],
  [serverError('40P01'), 'notWritten'],
  [serverError('55P03'), 'notWritten'],
  [serverError('22P02'), 'notWritten'],
  [serverError('23505'), 'notWritten'],
  [serverError('23514'), 'notWritten'],
  [serverError('25006'), 'notWritten'],
  [serverError('26000'), 'notWritten'],
  [serverError('42501'), 'notWritten'],
  [serverError('42P01'), 'notWritten'],
  // the session ended: perhaps just after the commit
  [serverError('57P01', 'FATAL'), 'unknown'],
  [serverError('57P02', 'FATAL'), 'unknown'],
  [serverError('53100', 'FATAL'), 'unknown'],
  [serverError('53100', 'PANIC'), 'unknown'],
  [serverError('25P03', 'FATAL'), 'unknown'],
  // a timeout or a cancel is not a failure
  [serverError('57014'), 'unknown'],
  [serverError('40003'), 'unknown'],
  [serverError('08006'), 'unknown'],
  [serverError('58030'), 'unknown'],
  [serverError('XX000'), 'unknown'],
  // the driver and the socket
  [new Error('Query read timeout'), 'unknown'],
  [new Error('Connection terminated unexpectedly'), 'unknown'],
  [socketError('ECONNRESET'), 'unknown'],
  [socketError('EPIPE'), 'unknown'],
  ['not an error at all', 'unknown'],
] as const;

test.each(afterSending)('%s after sending proves %s', (error, verdict) => {
  expect(verdictOf(error, 'sent')).toBe(verdict);
});

test.each([
  socketError('ECONNREFUSED'),
  serverError('57P03', 'FATAL'),
  serverError('53300', 'FATAL'),
  new Error('timeout exceeded when trying to connect'),
])('%s before a session exists proves that nothing was sent', (error) => {
  expect(verdictOf(error, 'connecting')).toBe('notWritten');
});

test('the code of a socket error is not taken for one of the server', () => {
  expect(sqlStateOf(socketError('EPIPE'))).toBeNull();
  expect(sqlStateOf(serverError('OH001'))).toBe('OH001');
});
