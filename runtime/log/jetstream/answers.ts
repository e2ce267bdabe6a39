/** What the broker's answers to an append mean. */
import { JetStreamApiError } from '@nats-io/jetstream';
import { RequestError, TimeoutError } from '@nats-io/transport-node';
import { assert } from '../../../actors/kernel/index.ts';
import type { AppendOutcome } from '../port.ts';

export function isTimeout(error: unknown): boolean {
  return error instanceof TimeoutError || (error instanceof Error && error.cause instanceof TimeoutError);
}

/** From the server's own catalogue of errors (nats-server, server/errors.json): the brokers have no leader for now. */
const temporarilyUnavailable = 10008;

/** Nobody answered a question now, and somebody may a little later: brokers that elect a leader, or begin. */
export function isNobodyThere(error: unknown): boolean {
  if (isTimeout(error)) return true;
  if (error instanceof RequestError) return error.isNoResponders();
  return error instanceof JetStreamApiError && error.code === temporarilyUnavailable;
}

export interface PublishAnswer {
  readonly stream?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

// Numbers from the server's own catalogue of errors (nats-server, server/errors.json).
const wrongLastSequence = 10071;
/** The server's, the account's or the tier's storage is used up. */
const noRoom: readonly number[] = [10002, 10023, 10047];
/** The store failed: by a limit that somebody gave the stream, or by its disk. */
const storeFailed = 10077;
const limitReached = /maximum (bytes|messages|messages per subject) exceeded/;

/**
 * With several copies a server may find its store full after the others have agreed to the frame, and they may keep
 * it: there only a barrier can tell (L3). The same where a disk failed in the middle of a frame, and where a broker
 * says yes to another place than the one after the expected: the word of one whose copies differ.
 */
export function outcomeOf(answer: PublishAnswer, replicas: number, expectedSequence: number): AppendOutcome {
  const { error, seq } = answer;
  if (error === undefined) {
    assert(answer.duplicate !== true, 'without a message id nothing is a duplicate (J1)');
    if (seq === expectedSequence) return { kind: 'acked' };
    return { kind: 'unknown', cause: `acknowledged as message ${seq} where only ${expectedSequence} could be right` };
  }
  const { code, err_code: number = code, description = 'refused' } = error;
  if (number === wrongLastSequence) return { kind: 'stale' };
  const isFull = noRoom.includes(number) || (number === storeFailed && limitReached.test(description));
  if (isFull && replicas === 1) return { kind: 'full' };
  return { kind: 'unknown', cause: `${description} (${number})` };
}
