/** Frames that are not of ordinary life (EPOCH, repair): appended where the tail is, until they stand or another owner does. */
import type { Instant } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import { encodeFrame } from '../frame/codec.ts';
import type { FrameHeader, FrameKind } from '../frame/frame.ts';
import type { Limits } from '../limits.ts';
import { type Log, LogUnavailable, type Position, type Shard } from '../log/port.ts';
import type { Logger } from '../logger.ts';
import { appendSettled } from './append.ts';

export interface PlaceDeps {
  readonly shard: Shard;
  readonly clusterId: string;
  readonly incarnation: string;
  readonly nonce: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly halted: () => boolean;
}

export interface Placed {
  readonly kind: FrameKind;
  readonly epoch: number;
  readonly at: Instant;
  readonly payload: string;
}

type HeaderDeps = Pick<PlaceDeps, 'clusterId' | 'incarnation' | 'shard' | 'nonce'>;

export function headerOf(deps: HeaderDeps, kind: FrameKind, epoch: number, expected: Position, at: Instant): FrameHeader {
  const { clusterId, incarnation, shard, nonce } = deps;
  return { kind, clusterId, incarnation, shard, epoch, frame: expected.frame + 1, at, previousHash: expected.hash, nonce };
}

/** Null: another owner, or the node was halted. Throws `LogUnavailable` when there is no room. */
export async function placeFrame(deps: PlaceDeps, expected: Position, { kind, epoch, at, payload }: Placed): Promise<Position | null> {
  const { log, shard, clock, limits, logger, halted } = deps;
  const onUnknown = (cause: string) => logger.warn({ shard, cause }, `the fate of a frame (${kind}) is unknown; settling it`);
  const barrier = (from: Position) => encodeFrame(headerOf(deps, 'barrier', epoch, from, at), '');
  for (let from = expected; ; ) {
    const encoded = encodeFrame(headerOf(deps, kind, epoch, from, at), payload);
    const verdict = await appendSettled({ log, shard, clock, retryMs: limits.logSettleRetryMs, halted, onUnknown, barrier }, from, encoded);
    if (verdict.kind === 'landed') return { frame: encoded.frame, hash: encoded.hash };
    if (verdict.kind === 'full') throw new LogUnavailable(`the log has no room for a frame (${kind})`);
    if (verdict.kind !== 'absent') return null;
    from = verdict.tail;
  }
}
