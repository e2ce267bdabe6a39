/** What the broker's answers to an append mean. */
import { TimeoutError } from '@nats-io/transport-node';
import { assert } from '../../../actors/kernel/index.ts';
import type { AppendOutcome } from '../port.ts';

export function isTimeout(error: unknown): boolean {
  return error instanceof TimeoutError || (error instanceof Error && error.cause instanceof TimeoutError);
}

export interface PublishAnswer {
  readonly stream?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

// Numbers from the server's own catalogue of errors (nats-server, server/errors.json).
const wrongLastSequence = 10071;
/** The store failed, the account's or the server's storage is used up, a limit of the stream is reached. */
const noRoom: readonly number[] = [10077, 10047, 10023, 10002];

export function outcomeOf(answer: PublishAnswer): AppendOutcome {
  const { error } = answer;
  if (error === undefined) {
    assert(answer.duplicate !== true, 'without a message id nothing is a duplicate (J1)');
    return { kind: 'acked' };
  }
  if (error.err_code === wrongLastSequence) return { kind: 'stale' };
  if (error.err_code !== undefined && noRoom.includes(error.err_code)) return { kind: 'full' };
  return { kind: 'unknown', cause: `${error.description ?? 'refused'} (${error.err_code ?? error.code})` };
}
