/**
 * Becoming the owner of a shard: append an EPOCH frame onto the tail, then replay up to it, then serve.
 * The barrier comes first, because frames of the old owner may still be on their way; once the EPOCH frame
 * stands, they are refused. Leases only decide who tries; the log decides who may.
 */
import type { Instant } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import { decodeFrame, decodeFrameHeader, encodeFrame, verifyChain } from '../frame/codec.ts';
import { type Frame, type FrameHeader, type Identity, LogDamaged } from '../frame/frame.ts';
import type { Limits } from '../limits.ts';
import { type EncodedFrame, type Log, LogUnavailable, logStart, type Position, type Shard } from '../log/port.ts';
import type { Logger } from '../logger.ts';
import type { Checkpoint, RowStore } from '../rows/port.ts';
import { shardHashName } from '../shard-of.ts';
import { pause } from './append.ts';
import { headerOf, placeFrame } from './place.ts';

export interface TakeOverDeps {
  readonly shard: Shard;
  readonly shardCount: number;
  readonly clusterId: string;
  readonly incarnation: string;
  readonly nonce: string;
  readonly log: Log;
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly halted: () => boolean;
}

export interface TakenOver {
  readonly epoch: number;
  /** The EPOCH frame. */
  readonly tail: Position;
  /** Its time, and what the monotonic clock said when that was read: where the shard clock starts. */
  readonly at: Instant;
  readonly readAtMs: number;
  readonly checkpoint: Checkpoint;
  /** Frames after the checkpoint, in order, verified. */
  readonly replay: readonly { readonly stored: EncodedFrame; readonly frame: Frame }[];
}

/** Clocks disagree by more than `clockSkewMaxMs`: an alarm, not something to serve with. */
export class ClockSkew extends Error {
  override readonly name = 'ClockSkew';
}

/** Resolves null when another owner got in between: try again later. Throws `LogUnavailable`,
 *  `RowsUnavailable`, `ClockSkew`, `LogDamaged`. */
export async function takeOver(deps: TakeOverDeps): Promise<TakenOver | null> {
  const before = await readTailNotBehind(deps, await deps.rows.checkpoint(deps.shard));
  const { storeTime, readAtMs } = await checkClocks(deps);
  const tail = before ?? (await appendIdentity(deps, storeTime));
  if (tail === null) return null;
  const epoch = tail.header.epoch + 1;
  const at = Math.max(tail.header.at, storeTime);
  const placed = await placeFrame(deps, tail.position, { kind: 'epoch', epoch, at, payload: '' });
  if (placed === null) return null;
  const checkpoint = await deps.rows.claim(deps.shard, epoch);
  const replay = await readSince(deps, checkpoint, placed);
  return { epoch, tail: placed, at, readAtMs, checkpoint, replay };
}

interface Tail {
  readonly position: Position;
  readonly header: Pick<FrameHeader, 'epoch' | 'at'>;
}

/** A replica that was deposed a moment ago may still show an old tail: one reading proves no loss. */
const tailLooksMax = 20;

/**
 * The tail of a log that reaches at least as far as rows know of. One that does not was emptied, cut, or is
 * another log: nothing is appended to it, or the evidence would be gone. (An owner raises its epoch on the
 * checkpoint only after its EPOCH frame is acknowledged, so that the log is never behind in honest life.)
 */
async function readTailNotBehind(deps: TakeOverDeps, known: Checkpoint | null): Promise<Tail | null> {
  for (let look = 1; ; look++) {
    const tail = await readTail(deps);
    if (known === null || !isBehind(tail, known)) return tail;
    const end = tail === null ? 'the log is empty' : `the log ends at frame ${tail.position.frame} of epoch ${tail.header.epoch}`;
    const what = `rows know of frame ${known.frame} and epoch ${known.epoch}, but ${end}: it was emptied, cut, or is another log`;
    if (look === tailLooksMax) throw new LogDamaged(deps.shard, Math.max(0, known.frame), what);
    await pause(deps.clock, deps.limits.takeOverRetryMs);
    if (deps.halted()) throw new LogUnavailable(what);
  }
}

function isBehind(tail: Tail | null, known: Checkpoint): boolean {
  return tail === null || tail.header.epoch < known.epoch || tail.position.frame < known.frame;
}

async function readTail(deps: TakeOverDeps): Promise<Tail | null> {
  const position = await deps.log.tail(deps.shard);
  if (position.frame === logStart.frame) return null;
  await checkIdentity(deps);
  for await (const stored of deps.log.read(deps.shard, position.frame)) {
    const header = decodeFrameHeader(deps.shard, stored);
    checkCluster(deps, stored.frame, header.clusterId);
    return { position: { frame: stored.frame, hash: stored.hash }, header };
  }
  throw new LogDamaged(deps.shard, position.frame, 'the log names this tail but cannot show it');
}

/** Every frame says whose it is, so that this can be asked also when frame 0 is trimmed. */
function checkCluster(deps: TakeOverDeps, frame: number, clusterId: string): void {
  if (clusterId !== deps.clusterId) throw new LogDamaged(deps.shard, frame, `this log is not ours: it belongs to cluster ${clusterId}`);
}

async function appendIdentity(deps: TakeOverDeps, at: Instant): Promise<Tail | null> {
  const identity: Identity = { clusterId: deps.clusterId, shardCount: deps.shardCount, hash: shardHashName };
  const encoded = encodeFrame(headerOf(deps, 'identity', 0, logStart, at), JSON.stringify(identity));
  const outcome = await deps.log.append(deps.shard, logStart, encoded);
  if (outcome.kind === 'full') throw new LogUnavailable('the log has no room');
  return outcome.kind === 'acked' ? { position: { frame: encoded.frame, hash: encoded.hash }, header: { epoch: 0, at } } : null;
}

async function checkIdentity(deps: TakeOverDeps): Promise<void> {
  for await (const stored of deps.log.read(deps.shard, 0)) {
    const { identity, header } = decodeFrame(deps.shard, stored);
    checkCluster(deps, stored.frame, header.clusterId);
    if (stored.frame !== 0) return; // trimmed; the archive and the checkpoint vouch for the rest
    const wrong = (what: string) => new LogDamaged(deps.shard, 0, `this log is not ours: ${what}`);
    if (identity === null) throw wrong('it has no identity');
    checkCluster(deps, stored.frame, identity.clusterId);
    if (identity.shardCount !== deps.shardCount) throw wrong(`it has ${identity.shardCount} shards, this node was told ${deps.shardCount}`);
    if (identity.hash !== shardHashName) throw wrong(`its keys are spread by ${identity.hash}`);
    return;
  }
}

/** The log store's time and when it was read, after checking that all clocks agree. Each store is compared
 *  with our clock in the moment it answers: an answer that was long on its way looks like skew, and is asked again. */
async function checkClocks(deps: TakeOverDeps): Promise<{ readonly storeTime: Instant; readonly readAtMs: number }> {
  const { log, rows, clock, limits } = deps;
  const storeTime = await log.now();
  const readAtMs = clock.monotonicMs();
  const logAheadMs = storeTime - clock.wallMs();
  const rowsAheadMs = (await rows.now()) - clock.wallMs();
  const spreadMs = Math.max(0, logAheadMs, rowsAheadMs) - Math.min(0, logAheadMs, rowsAheadMs);
  if (spreadMs > limits.clockSkewMaxMs) {
    const figures = `the log is ${Math.round(logAheadMs)} ms ahead of this node, rows are ${Math.round(rowsAheadMs)} ms ahead`;
    throw new ClockSkew(`clocks differ by ${Math.round(spreadMs)} ms (${figures}); at most ${limits.clockSkewMaxMs} ms is safe`);
  }
  return { storeTime, readAtMs };
}

async function readSince(deps: TakeOverDeps, checkpoint: Checkpoint, upTo: Position): Promise<TakenOver['replay']> {
  if (checkpoint.frame > upTo.frame) {
    throw new LogDamaged(deps.shard, checkpoint.frame, `rows are written up to here, but the log ends at ${upTo.frame}: it lost its tail`);
  }
  const replay: { stored: EncodedFrame; frame: Frame }[] = [];
  let previous = { frame: checkpoint.frame, hash: checkpoint.hash, at: 0 };
  for await (const stored of deps.log.read(deps.shard, Math.max(checkpoint.frame, 0))) {
    if (stored.frame > upTo.frame) break;
    const frame = decodeFrame(deps.shard, stored);
    if (stored.frame === checkpoint.frame) {
      if (stored.hash !== checkpoint.hash)
        throw new LogDamaged(deps.shard, stored.frame, 'it is not the frame that rows were written from');
      previous = { ...previous, at: frame.header.at };
      continue;
    }
    verifyChain(deps.shard, previous, stored, frame.header);
    previous = { frame: stored.frame, hash: stored.hash, at: frame.header.at };
    replay.push({ stored, frame });
  }
  if (previous.frame !== upTo.frame) throw new LogDamaged(deps.shard, previous.frame + 1, `replay ended before frame ${upTo.frame}`);
  return replay;
}
