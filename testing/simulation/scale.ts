/** How big a world is, and how small its limits are: small enough that every bound is reached (I7). */
import { type Limits, limits } from '../../runtime/limits.ts';
import type { Random } from './random.ts';

export interface Scale {
  readonly shardCount: number;
  readonly limits: Limits;
  /** Things clients want, beside floods and bursts. */
  readonly commands: number;
  /** Mean time between them. */
  readonly gapMs: number;
  /** How long clients may go without a verdict once nothing is wrong: where memory is small, until the holds
   *  that fill it have ended. */
  readonly answersWithinMs: number;
  /** How late deadlines may be served then: where memory is small, as late as the scan that brings actors in. */
  readonly overdueMaxMs: number;
  readonly floodCommands: number;
  readonly burstCommands: number;
  /** What rows are written from is archived, and leaves the log within seconds. */
  readonly archives: boolean;
  /** Of everything that clients want, what is about orders; 0: nobody buys. */
  readonly checkoutShare: number;
}

const archivingShare = 0.3;
const checkoutWorldsShare = 0.85;
/** A checkout needs its order, hold, cart, codes, stock and store in memory at once, or it takes longer than its client waits. */
const residentsOfCheckouts = 12;

/** More than a world's actors need. */
const residentsAmple = 200;

export function drawScale(random: Random): Scale {
  const drawn = drawLimits(random);
  const isRoomy = drawn.residentActorsMax + drawn.residentInternalMax >= residentsOfCheckouts;
  const isAmple = drawn.residentActorsMax >= residentsAmple;
  return {
    shardCount: random.integer(1, 4),
    limits: drawn,
    answersWithinMs: isAmple ? 20_000 : 60_000,
    overdueMaxMs: isAmple ? 1_000 : 4 * drawn.deadlineScanMs,
    commands: 500,
    gapMs: random.pick([40, 100, 160]),
    floodCommands: random.integer(20, 80),
    burstCommands: random.integer(20, 80),
    archives: random.chance(archivingShare),
    checkoutShare: isRoomy && random.chance(checkoutWorldsShare) ? random.between(0.05, 0.16) : 0,
  };
}

function drawLimits(random: Random): Limits {
  const drawn = {
    ...limits,
    mailboxClientMax: random.integer(5, 60),
    mailboxInternalMax: random.integer(30, 200),
    framePromisesMax: random.integer(2, 60),
    ticketsMax: random.integer(2, 30),
    turnCommandsMax: random.integer(1, 50),
    frameBytesMax: random.pick([1_000, 4_000, limits.frameBytesMax]),
    residentActorsMax: random.pick([random.integer(3, 20), random.integer(20, 60), 300]),
    residentInternalMax: random.pick([random.integer(0, 3), random.integer(20, 60)]),
    unknownActorsMax: random.integer(3, 60),
    loadBatchMax: random.integer(1, 20),
    loadsInFlightMax: random.integer(1, 3),
    deadlineScanMs: 5_000,
    deadlineResidentMs: random.pick([6_000, 15_000, 60_000, limits.deadlineResidentMs]),
    effectBackoffMaxMs: 8_000,
    writeBehindRowsMax: random.integer(2, 200),
    writeBehindFramesMax: random.integer(20, 400),
    writeBehindLagMaxMs: random.integer(4_000, limits.writeBehindLagMaxMs),
    archiveIntervalMs: 2_000,
    archiveSegmentBytes: 4_000,
    archiveSegmentAgeMs: 1_000,
    logRetentionMs: 4_000,
  };
  return { ...drawn, writeBehindNewRowsMax: Math.ceil(drawn.writeBehindRowsMax / 3) };
}
