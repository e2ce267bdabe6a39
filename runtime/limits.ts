/**
 * Every queue, batch, cache and wait has its maximum here (I7), and the relations between them are
 * asserted when the module loads, each with its why. Units stand last in the name.
 */
import { assert, quantityMax, skuLengthMax } from '../actors/kernel/index.ts';
import { holdLimits } from '../actors/kernel/limits.ts';

export const limits = {
  // what a client may send
  skuLengthMax,
  quantityMax,
  bodyBytesMax: 256 * 1024,
  socketMessageBytesMax: 16 * 1024,
  jsonDepthMax: 16,
  idempotencyKeyLengthMax: 255,
  skusPerReadMax: 1_000,
  subscriptionsPerSocketMax: 1_000,
  socketMessagesPerSecondMax: 50,
  socketsMax: 200_000,
  socketBackpressureBytesMax: 256 * 1024,
  helloWithinMs: 10_000,
  pageItemsDefault: 50,
  pageItemsMax: 500,
  // holds
  ...holdLimits,
  // shards and frames
  shardCountDefault: 16,
  /** A frame takes more decisions up to this size … */
  frameBytesMax: 256 * 1024,
  /** … and holds one larger decision alone, up to this one (JetStream's message limit is 1 MiB). */
  frameBytesHardMax: 1_000_000,
  mailboxClientMax: 10_000,
  mailboxInternalMax: 10_000,
  /** Commands decided in one turn of the event loop before others get theirs. */
  turnCommandsMax: 1_000,
  /** Answers that wait for one frame. A read costs a frame no bytes, so its bytes alone bound nothing. */
  framePromisesMax: 10_000,
  /** Senders who wait for a later decision, such as a multi-line hold's. One more must ask again. */
  ticketsMax: 100_000,
  /** How often waiting commands are looked through for those whose time is up. */
  waitSweepMs: 250,
  takeOverRetryMs: 250,
  /** Client commands wait at most this long for their verdict. */
  commandWaitMs: 10_000,
  drainWithinMs: 10_000,
  // actors in memory
  residentActorsMax: 1_000_000,
  /** Room beside that for internal commands alone: what is owed must reach actors that are not in memory, or
   *  those that owe it keep their places for ever and nobody ever comes in again. */
  residentInternalMax: 50_000,
  unknownActorsMax: 100_000,
  /** Orders and the like leave memory when nobody asked for them this long: longer than a buyer takes to the next click. */
  residentRestMs: 15_000,
  loadBatchMax: 500,
  loadsInFlightMax: 4,
  deadlineResidentMs: 600_000,
  deadlineScanMs: 60_000,
  // effects
  effectTimeoutMs: 2_000,
  effectSweepMs: 500,
  effectBackoffMaxMs: 60_000,
  /** Of effects that go to services: with the sweep less than 5 s, which is how soon money moves when the provider is back. */
  serviceBackoffMaxMs: 4_000,
  // write-behind
  /** Changes of one shard that are written together, those of the same row as one. */
  writeBehindRowsMax: 2_000,
  /** … of which so many are new. Making them ready takes the thread some 15 us a row, and whoever comes meanwhile waits. */
  writeBehindNewRowsMax: 500,
  /** Rows of several shards that share a statement, for the same reason. */
  writeBehindStatementRowsMax: 750,
  /** Ends for all shards at the same moment: how often there is a statement at all, and the most that rows are late for it. */
  writeBehindFlushMs: 50,
  /** … and when a batch took `writeBehindSlowMs`: a multiple of it, so that shards of both kinds meet. */
  writeBehindGatherMs: 1_500,
  writeBehindSlowMs: 15,
  writeBehindRetryMs: 250,
  forgetRowsMs: 60_000,
  writeBehindLagMaxMs: 30_000,
  /** Frames acknowledged but not yet projected, per shard; intake stops there. A minute of a busy shard. */
  writeBehindFramesMax: 100_000,
  writeBehindBytesMax: 64 * 1024 * 1024,
  // clocks, leases
  clockSkewMaxMs: 2_000,
  leaseTtlMs: 6_000,
  leaseRenewalMs: 1_500,
  // log
  logBytesMax: 64 * 1024 * 1024 * 1024,
  logFullAt: 0.9,
  logRoomPollMs: 1_000,
  /** Frames stay in the log so long after they are archived; below `logTrimAt` of its room. */
  logRetentionMs: 7 * 24 * 60 * 60 * 1000,
  logTrimAt: 0.8,
  archiveIntervalMs: 60_000,
  /** Made and checked in one turn of the thread that serves buyers: 6 ms a MB. */
  archiveSegmentBytes: 2 * 1024 * 1024,
  archiveSegmentAgeMs: 60 * 60 * 1000,
  diskFreeBytesMin: 512 * 1024 * 1024,
  logAppendTimeoutMs: 5_000,
  logSettleRetryMs: 200,
  // live
  pushIntervalMs: 50,
  fanOutTurnSockets: 500,
  heartbeatMs: 25_000,
} as const;

assert(
  3 * limits.bodyBytesMax <= limits.frameBytesHardMax,
  'what is decided about a whole body fits a frame, or a command could never be logged',
);
assert(limits.logTrimAt < limits.logFullAt, 'the log is trimmed before intake stops');
assert(limits.archiveSegmentAgeMs < limits.logRetentionMs, 'what may be trimmed has long been archived');
assert(limits.leaseTtlMs > 2 * limits.leaseRenewalMs, 'two renewals may be lost before a lease is');
assert(limits.effectTimeoutMs < limits.effectBackoffMaxMs, 'backoff grows from the timeout');
assert(limits.effectTimeoutMs < limits.serviceBackoffMaxMs, 'that of services, too');
assert(limits.serviceBackoffMaxMs + limits.effectSweepMs < 5_000, 'a service that is back hears within 5 s of what is owed to it');
assert(limits.holdTtlMinMs <= limits.holdTtlDefaultMs && limits.holdTtlDefaultMs <= limits.holdTtlMaxMs, 'the default is a legal value');
assert(limits.holdTtlMaxMs <= limits.holdLifeMaxMs, 'one hold without extension is within the total life');
assert(limits.holdRepeatHorizonMinMs <= limits.holdRepeatHorizonMs, 'the horizon of holds may shrink, but only to its floor');
assert(limits.holdRepeatHorizonMinMs >= 60_000, 'I5: holds remember repeats for at least 60 s');
assert(limits.writeBehindNewRowsMax <= limits.writeBehindRowsMax, 'new rows are rows');
assert(limits.writeBehindGatherMs % limits.writeBehindFlushMs === 0, 'shards that gather for longer write with the others');
assert(limits.deadlineScanMs < limits.deadlineResidentMs, 'a deadline is seen by a scan before it is due');
assert(limits.clockSkewMaxMs < limits.partGraceMs, 'a part outlives its hold by more than clocks may differ');

/** The same names with other numbers: small ones let the simulation hit every bound. */
export type Limits = { readonly [Name in keyof typeof limits]: number };
